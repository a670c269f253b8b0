// Pages of clusters: draws map and curve, sorts tables, and keeps the form and its words
// together. Plain DOM, no Dash.
(function () {
  "use strict";

  function json(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }

  function draw(place) {
    var figure = json(place.dataset.figure);
    window.Plotly.newPlot(place, figure.data, figure.layout, json("graph-config"));
    // On paper the frame has another size than on the screen: the whole drawing scales with it.
    place.on("plotly_afterplot", function () {
      place.querySelectorAll(".main-svg").forEach(function (svg) {
        svg.setAttribute("viewBox", "0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
      });
    });
    place.on("plotly_click", function (click) {
      var rank = click.points[0] && click.points[0].customdata;
      var link = rank && document.querySelector('tr[data-rank="' + rank + '"] a');
      if (link) {
        window.location.assign(link.href);
      }
    });
  }

  // One click sorts up, the next down; what has no value stays last.
  function sortBy(head) {
    var table = head.closest("table");
    var body = table.tBodies[0];
    var column = head.cellIndex;
    var down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[aria-sort]").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var texts = column < head.parentElement.cells.length && !body.querySelector("tr > :nth-child(" + (column + 1) + ")[data-order]");
    Array.from(body.rows)
      .map(function (row) {
        var cell = row.cells[column];
        var order = cell.dataset.order;
        return { row: row, text: cell.textContent.trim(), number: order === undefined ? null : Number(order) };
      })
      .sort(function (a, b) {
        if (texts) {
          return a.text.localeCompare(b.text, document.documentElement.lang) * (down ? -1 : 1);
        }
        if (a.number === null || b.number === null) {
          return (a.number === null) - (b.number === null);
        }
        return (a.number - b.number) * (down ? -1 : 1);
      })
      .forEach(function (item) {
        body.appendChild(item.row);
      });
  }

  // The form: what the reader left open is for the server to decide, and it says what the question means.
  function keepForm(form) {
    var touched = {};
    var asked = 0;
    new URLSearchParams(window.location.search).forEach(function (_value, name) {
      touched[name] = true;
    });

    function parameters() {
      var given = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        var open = form.elements[name].dataset && "leftOpen" in form.elements[name].dataset;
        if (value && (!open || touched[name])) {
          given.append(name, value);
        }
      });
      return given;
    }

    function tell(place, asks) {
      place.hidden = !asks;
      if (asks) {
        var note = place.querySelector(".note");
        note.textContent = asks.note;
        note.hidden = !asks.note;
        place.querySelector(".asks").textContent = asks.question;
        var limits = asks.limits.map(function (text) {
          var item = document.createElement("li");
          item.textContent = text;
          return item;
        });
        var list = place.querySelector(".limits");
        list.replaceChildren.apply(list, limits);
      }
    }

    function show(answer) {
      document.getElementById("problem").textContent = answer.problem;
      tell(document.getElementById("question"), answer.asks);
      Object.keys(answer.off).forEach(function (name) {
        form.querySelectorAll('[name="' + name + '"]').forEach(function (control) {
          var values = control.tagName === "SELECT" ? Array.from(control.options) : [control];
          var off = answer.off[name];
          values.forEach(function (one) {
            one.disabled = Array.isArray(off) ? off.indexOf(one.value) >= 0 : off;
          });
        });
      });
      Object.keys(answer.controls).forEach(function (name) {
        form.elements[name].value = answer.controls[name];
      });
    }

    function ask() {
      var mine = ++asked;
      var given = parameters().toString();
      window.history.replaceState(null, "", window.location.pathname + (given ? "?" + given : ""));
      fetch("/clusters/question?" + given)
        .then(window.chhlangAnswered)
        .then(function (answer) {
          if (answer && mine === asked) {
            show(answer);
          }
        })
        .catch(function () {});
    }

    form.addEventListener("change", function (event) {
      var control = event.target;
      if ("period" in control.dataset) {
        if (!control.value) {
          return;
        }
        var days = control.value.split("..");
        form.elements.from.value = days[0];
        form.elements.to.value = days[1];
      } else {
        touched[control.name] = true;
        if (control.name === "from" || control.name === "to") {
          var span = form.elements.from.value + ".." + form.elements.to.value;
          var period = form.querySelector("[data-period]");
          period.value = span;
          if (period.selectedIndex < 0) {
            period.value = "";
          }
        }
      }
      ask();
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("table[data-sortable] thead button");
    if (button) {
      sortBy(button.closest("th"));
    }
  });
  document.querySelectorAll("[data-figure]").forEach(draw);
  document.querySelectorAll("form#ask").forEach(keepForm);
})();
