// Brings the scripts of the map while the first page is read, so that they are there when the map is opened.
// Not where the reader asks her browser to save data.
(function () {
  "use strict";

  var place = document.getElementById("ahead");
  var line = navigator.connection;
  if (!place || (line && line.saveData)) {
    return;
  }
  window.addEventListener("load", function () {
    window.setTimeout(function () {
      JSON.parse(place.textContent).forEach(function (address) {
        var link = document.createElement("link");
        link.rel = "prefetch";
        link.href = address;
        document.head.appendChild(link);
      });
    }, 1500);
  });
})();
