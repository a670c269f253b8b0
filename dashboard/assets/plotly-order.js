// The map is drawn first: charts beside it would hold a slow processor for seconds before it. Loaded after Plotly.
(function () {
  "use strict";

  var draw = window.Plotly && window.Plotly.react;
  // Pages without a map, and a map that does not come, hold up nothing.
  var STEP = 50;
  var PATIENCE = 100;

  if (!draw) {
    return;
  }
  window.Plotly.react = function (place) {
    var self = this;
    var given = arguments;
    var map = document.getElementById("map");
    var steps = 0;

    function waits() {
      return map && steps < PATIENCE && !document.querySelector("#map .choroplethlayer path");
    }

    if (!map || map.contains(place) || !waits()) {
      return draw.apply(self, given);
    }
    return new Promise(function (resolve) {
      function look() {
        steps += 1;
        if (waits() && place.isConnected) {
          window.setTimeout(look, STEP);
        } else {
          resolve(place.isConnected ? draw.apply(self, given) : place);
        }
      }
      window.setTimeout(look, STEP);
    });
  };
})();
