// Pages of files: follows the work on one, looks at a file's size before it is sent, ticks guesses together.
(function () {
  "use strict";

  // Asks where a file stands once a second, until it wants something of its sender or is over.
  function follow(place) {
    function again() {
      window.setTimeout(ask, 1000);
    }
    function ask() {
      fetch(place.dataset.poll, { headers: { Accept: "application/json" } })
        .then(function (answer) {
          if (!answer.ok || answer.redirected) {
            throw new Error("signed out");
          }
          return answer.json();
        })
        .then(function (file) {
          if (file.over) {
            window.location.reload();
            return;
          }
          document.getElementById("standing").textContent = file.text;
          var cancel = document.getElementById("cancel");
          if (cancel && file.final) {
            cancel.remove();
          }
          again();
        }, again);
    }
    again();
  }

  function bring(form) {
    var input = form.elements.file;
    var problem = document.getElementById("problem");
    function tooLarge() {
      var file = input.files[0];
      return Boolean(file) && file.size > Number(input.dataset.most);
    }
    input.addEventListener("change", function () {
      problem.textContent = tooLarge() ? input.dataset.said : "";
    });
    form.addEventListener("submit", function (event) {
      if (tooLarge()) {
        event.preventDefault();
        problem.textContent = input.dataset.said;
        return;
      }
      var sending = document.getElementById("sending");
      sending.textContent = sending.dataset.said;
    });
  }

  // One button for all likely guesses; each stays a tick that can be taken away.
  function tickTogether(button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      document.querySelectorAll("#match input[data-likely]").forEach(function (box) {
        box.checked = true;
      });
    });
  }

  // What can be fetched once is shown as fetched.
  function lookAgain(form) {
    form.addEventListener("submit", function () {
      form.querySelector("button").setAttribute("aria-disabled", "true");
      window.setTimeout(function () {
        window.location.reload();
      }, 1500);
    });
  }

  document.querySelectorAll("[data-poll]").forEach(follow);
  document.querySelectorAll("form#bring").forEach(bring);
  document.querySelectorAll("#tick").forEach(tickTogether);
  document.querySelectorAll("form[data-fetch]").forEach(lookAgain);
})();
