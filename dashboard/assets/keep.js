// On a device that its owner has marked: the worker is told what page is open, and keeps a copy of it.
(function () {
  "use strict";

  var told = document.currentScript.dataset;
  if (!("serviceWorker" in navigator)) {
    return;
  }
  var kept = null;

  function here() {
    return window.location.pathname + window.location.search;
  }

  // The map changes its address without a new page.
  function keep(registration) {
    if (told.copied && kept !== here()) {
      kept = here();
      registration.active.postMessage({ keeper: told.keeper, address: kept });
    }
  }

  navigator.serviceWorker.register("/service-worker.js").then(
    function () {
      navigator.serviceWorker.ready.then(function (registration) {
        window.setTimeout(keep, 1000, registration); // first what the reader waits for
        document.addEventListener("visibilitychange", keep.bind(null, registration));
        window.setInterval(keep, 10000, registration);
      });
    },
    function () {} // a browser that keeps nothing
  );
})();
