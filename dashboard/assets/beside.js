// Two maps side by side: what the pointer or the keyboard is on in one is marked in both, and said beneath each.
(function () {
  "use strict";

  var marked = null;

  function mark(code) {
    if (code === marked) {
      return;
    }
    marked = code;
    document.querySelectorAll("[data-code]").forEach(function (part) {
      part.classList.toggle("pointed-at", code !== null && part.dataset.code === code);
    });
    document.querySelectorAll(".beside > .card").forEach(function (side) {
      var area = code && side.querySelector('[data-code="' + code + '"] a');
      side.querySelector("[data-pointed]").textContent = area ? area.getAttribute("aria-label") : "\u00a0";
    });
  }

  function onPoint(event) {
    var part = event.target.closest && event.target.closest("[data-code]");
    mark(part ? part.dataset.code : null);
  }

  document.addEventListener("pointerover", onPoint);
  document.addEventListener("focusin", onPoint);
  // The title of a province would stand over the map beside the text that says the same.
  document.querySelectorAll(".beside [data-code] title").forEach(function (title) {
    title.remove();
  });
})();
