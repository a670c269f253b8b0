// Pages of files: looks at a file's size before it is sent, ticks guesses together.
(function () {
  "use strict";

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

  document.querySelectorAll("form#bring").forEach(bring);
  document.querySelectorAll("#tick").forEach(tickTogether);
  document.querySelectorAll("form[data-fetch]").forEach(lookAgain);
})();
