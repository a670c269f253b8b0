// Pages without Dash: reads what the server answers, and follows work that is under way.
(function () {
  "use strict";

  // The answer of the server as data; null, and a way back in, where it asks to sign in first.
  window.chhlangAnswered = function (answer) {
    var notice = document.getElementById("signed-out");
    if (answer.status === 401 || answer.redirected) {
      notice.querySelector("a").href =
        "/sign-in?next=" + encodeURIComponent(window.location.pathname + window.location.search);
      notice.hidden = false;
      return null;
    }
    if (!answer.ok) {
      throw new Error("no answer");
    }
    notice.hidden = true;
    return answer.json();
  };

  // Asks where the work stands once a second, until it is over or the reader is signed out.
  function follow(place) {
    function again() {
      window.setTimeout(ask, 1000);
    }
    function ask() {
      fetch(place.dataset.poll, { headers: { Accept: "application/json" } })
        .then(window.chhlangAnswered)
        .then(function (work) {
          if (!work || work.stopping) {
            place.querySelector("[data-going-on]").hidden = true;
          }
          if (!work) {
            return;
          }
          if (work.over) {
            window.location.reload();
            return;
          }
          document.getElementById("standing").textContent = work.text;
          var cancel = document.getElementById("cancel");
          if (cancel && work.final) {
            cancel.remove();
          }
          var bar = document.getElementById("progress");
          if (work.total) {
            bar.max = work.total;
            bar.value = work.done;
          }
          again();
        }, again);
    }
    again();
  }

  document.querySelectorAll("[data-poll]").forEach(follow);
})();
