// The page of a place: it prints itself, and its address is selected at once.
(function () {
  "use strict";
  var button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", function () {
    window.print();
  });
  var link = document.getElementById("link");
  link.addEventListener("focus", function () {
    link.select();
  });
})();
