// The address is the state: controls write it, the server answers it, and what it resolved to comes back
// to the controls. Everything here is plain DOM; Dash draws the page.
(function () {
  "use strict";

  // What the server made of the address (dashboard/pages/question.py).
  var state = null;
  // What the reader waits for: where the focus goes when the panel shows it.
  var awaited = null;

  function go(changes, waitFor) {
    // What was wrong in the address is gone from the state; but the state may be of the choice before.
    var answered = state && state.asked === window.location.search;
    var parameters = new URLSearchParams(answered ? state.address : window.location.search);
    if (answered && state.area) {
      parameters.set("area", state.area);
    }
    Object.keys(changes).forEach(function (name) {
      if (changes[name]) {
        parameters.set(name, changes[name]);
      } else {
        parameters.delete(name);
      }
    });
    var search = parameters.toString();
    search = search ? "?" + search : "";
    awaited = waitFor || null;
    if (search !== window.location.search) {
      window.dash_clientside.set_props("url", { search: search });
    }
    settle();
  }

  function openArea(code) {
    go({ area: code }, { area: code });
  }

  // An indicator is of some diseases: choosing it chooses one, and another disease leaves it. It says itself by
  // which place its provinces are counted.
  function goWith(name, control, changes) {
    var measure = document.getElementById("filter-measure");
    var disease = document.getElementById("filter-disease");
    var option = measure && measure.options[measure.selectedIndex];
    var diseases = option && option.dataset.diseases;
    if (name === "measure" && diseases !== undefined) {
      changes.count = "";
      changes.place = "";
      changes.at = "";
    }
    if (!diseases || (name !== "measure" && name !== "disease")) {
      return;
    }
    var own = diseases.split(" ");
    if (own.indexOf(disease.value) >= 0) {
      return;
    }
    if (name === "measure") {
      changes.disease = own[0];
    } else {
      changes.measure = "";
      changes.place = "";
    }
  }

  function onChange(event) {
    var control = event.target.closest("[data-filter]");
    if (!control) {
      return;
    }
    var name = control.dataset.filter;
    var changes = {};
    stopPlaying();
    if (name === "period" || name === "from" || name === "to" || name === "disease" || name === "count") {
      changes.at = ""; // another period has other parts
    }
    if (name === "period") {
      if (!control.value) {
        return;
      }
      // The usual period stays open in the address: with another measure another one is usual.
      var usual = state && control.value === state.usual;
      changes.from = usual ? "" : control.value.slice(0, 10);
      changes.to = usual ? "" : control.value.slice(12);
    } else if (name === "view") {
      var parts = control.value.split(":");
      changes = { by: parts[0], place: parts[1], area: "" };
    } else {
      changes[name] = control.value;
      goWith(name, control, changes);
    }
    var top = control.getBoundingClientRect().top;
    go(changes, name === "step" ? { step: control.value, id: control.id, top: top } : null);
  }

  function onClick(event) {
    var target = event.target;
    var area = target.closest("[data-area]");
    var line = target.closest("#show-filters");
    if (line) {
      line.setAttribute("aria-expanded", String(line.getAttribute("aria-expanded") !== "true"));
    } else if (target.closest("#clear-groups")) {
      go({ residence: "", activity: "", movement: "", sex: "", age: "", remote: "" });
    } else if (area && area.tagName === "A") {
      if (event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
        event.preventDefault();
        openArea(area.dataset.area);
      }
    } else if (target.closest("[data-zoom]")) {
      zoom(target.closest("[data-zoom]").dataset.zoom);
    } else if (target.closest("[data-show-all]")) {
      showAll(target.closest("#table"));
    } else if (target.closest("[data-sort]")) {
      sortBy(target.closest("th"));
    }
  }

  // Focus where the reader is: on the panel of the area just chosen, or where it was.
  function settle() {
    var heading = document.getElementById("panel-name");
    if (!awaited || !heading) {
      return;
    }
    if (awaited.area !== undefined && heading.dataset.area === awaited.area) {
      awaited = null;
      heading.focus({ preventScroll: true });
      var box = heading.getBoundingClientRect();
      if (box.top < 0 || box.bottom > window.innerHeight * 0.7) {
        heading.scrollIntoView({ block: "start" });
      }
    } else if (awaited.step !== undefined && heading.dataset.step === awaited.step) {
      var control = document.getElementById(awaited.id);
      if (control) {
        window.scrollBy(0, control.getBoundingClientRect().top - awaited.top);
        control.focus({ preventScroll: true });
        awaited = null;
      }
    }
  }

  // Long tables come as HTML from addresses of their own: as components they would take a phone half a
  // minute. Dash has no component for HTML, so the parsed nodes are put into an element that Dash leaves empty
  // (dashboard/components/fetched.py). They are of our own templates, which escape every name.
  var fetches = new WeakMap();

  // Not what is there already. `again`: tries what failed once more.
  function fetchInto(place, address, again) {
    var earlier = fetches.get(place);
    if (earlier && earlier.address === address && !(again && earlier.failed)) {
      return;
    }
    if (earlier) {
      earlier.request.abort(); // it is of another question than the page now
    }
    var request = new AbortController();
    var mine = { address: address, request: request, failed: false };
    fetches.set(place, mine);
    place.setAttribute("aria-busy", "true");

    function fill(text) {
      if (request.signal.aborted) {
        return;
      }
      mine.failed = !text;
      var nodes = text ? Array.from(new DOMParser().parseFromString(text, "text/html").body.childNodes) : [];
      place.replaceChildren.apply(place, nodes);
      place.removeAttribute("aria-busy");
      place.nextElementSibling.hidden = text !== null;
      markSelected();
    }

    window
      .fetch(address, { signal: request.signal })
      .then(function (answer) {
        if (answer.status === 401) {
          return ""; // the notice says that the session is over
        }
        return answer.ok ? answer.text() : null;
      })
      .then(fill, function () {
        fill(null);
      });
  }

  function fetchOpened(again) {
    document.querySelectorAll("details[data-fetched-when-open]").forEach(function (part) {
      if (part.open) {
        fetchInto(part.children[1], part.dataset.fetchedWhenOpen, again);
      }
    });
  }

  // Rows whose name holds what was typed; those that were not shown at first, too.
  function findRows(field) {
    var table = field.closest("#table").querySelector("table");
    var wanted = field.value.trim().toLocaleLowerCase();
    table.classList.toggle("found", wanted !== "");
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      row.hidden = row.cells[0].textContent.toLocaleLowerCase().indexOf(wanted) < 0;
    });
  }

  function showAll(place) {
    place.querySelector("table").classList.remove("cut");
    place.querySelector("[data-show-all]").parentElement.remove();
  }

  function sortBy(head) {
    var body = head.closest("table").tBodies[0];
    var column = head.cellIndex;
    var down = head.getAttribute("aria-sort") === "ascending";
    Array.from(head.parentElement.cells).forEach(function (cell) {
      cell.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    Array.from(body.rows)
      .map(function (row) {
        var cell = row.cells[column];
        var number = cell.dataset.n;
        return { row: row, text: cell.textContent, number: number === undefined ? null : Number(number) };
      })
      .sort(function (a, b) {
        if (column === 0) {
          return a.text.localeCompare(b.text) * (down ? -1 : 1);
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

  // Every area by keyboard: a list of what the table holds, and a search of all places. Both choose as a press
  // on the map does; the list keeps the focus, so that arrow keys walk through the areas.
  function fillReach() {
    var place = document.getElementById("reach");
    if (!place || !state) {
      return;
    }
    if (!place.firstChild) {
      buildReach(place);
    }
    var list = document.getElementById("reach-area");
    var rows = Array.from(document.querySelectorAll("#table tbody tr[data-code]"));
    var names = rows.map(function (row) {
      return [row.cells[0].querySelector("a").firstChild.textContent, row.dataset.code];
    });
    names.sort(function (a, b) {
      return a[0].localeCompare(b[0]);
    });
    list.replaceChildren.apply(
      list,
      [new Option(place.dataset.everything, "")].concat(
        names.map(function (name) {
          return new Option(name[0], name[1]);
        })
      )
    );
    list.value = state.area;
  }

  function labelled(text, control) {
    var label = document.createElement("label");
    label.append(text, control);
    return label;
  }

  function buildReach(place) {
    var list = document.createElement("select");
    list.id = "reach-area";
    list.addEventListener("change", function () {
      go({ area: list.value });
    });
    var find = document.createElement("input");
    find.id = "reach-find";
    find.type = "search";
    find.autocomplete = "off";
    find.setAttribute("list", "reach-places");
    var offered = document.createElement("datalist");
    offered.id = "reach-places";
    var places = null;
    find.addEventListener("focus", function () {
      if (places) {
        return;
      }
      places = [];
      window
        .fetch(place.dataset.areas)
        .then(function (answer) {
          return answer.ok ? answer.json() : [];
        })
        .then(
          function (found) {
            places = found.length ? found : null;
            found.forEach(function (one) {
              var option = document.createElement("option");
              option.value = one[0];
              option.label = one[1];
              offered.appendChild(option);
            });
          },
          function () {
            places = null;
          }
        );
    });
    function choose() {
      var text = find.value.trim().toLocaleLowerCase();
      if (!places || !text) {
        return;
      }
      var named = places.filter(function (one) {
        return one[0].toLocaleLowerCase() === text;
      });
      // One that begins so, where it is the only one.
      var begun = places.filter(function (one) {
        return one[0].toLocaleLowerCase().startsWith(text) || one[1].toLocaleLowerCase().startsWith(text);
      });
      var one = named[0] || (begun.length === 1 && begun[0]);
      if (one) {
        var changes = { area: one[2], by: one[3] };
        if (one[3] !== "province") {
          changes.place = "";
        }
        go(changes, { area: one[2] });
        find.value = "";
      }
    }
    find.addEventListener("change", choose);
    find.addEventListener("keydown", function (event) {
      if (event.key === "Enter") {
        event.preventDefault();
        choose();
      }
    });
    place.replaceChildren(
      labelled(place.dataset.areaLabel, list),
      labelled(place.dataset.findLabel, find),
      offered
    );
  }

  function markSelected() {
    fillReach();
    document.querySelectorAll("#table tbody tr").forEach(function (row) {
      var here = state.area !== "" && row.dataset.code === state.area;
      row.classList.toggle("selected", here);
      if (here) {
        row.setAttribute("aria-current", "true");
      } else {
        row.removeAttribute("aria-current");
      }
    });
  }

  // Indicators stand behind the measures of the cascade, by programme; the page does not carry them.
  function offerMeasures(groups) {
    var control = document.getElementById("filter-measure");
    if (!control || !groups || control.querySelector("optgroup")) {
      return;
    }
    groups.forEach(function (group) {
      var part = document.createElement("optgroup");
      part.label = group[0];
      group[1].forEach(function (one) {
        var option = new Option(one[1], one[0]);
        option.dataset.diseases = one[2];
        part.appendChild(option);
      });
      control.appendChild(part);
    });
  }

  function offerPeriods() {
    var control = document.getElementById("filter-period");
    var wanted = JSON.stringify(state.periods);
    if (!control || control.dataset.offered === wanted) {
      return;
    }
    while (control.options.length > 1) {
      control.remove(1);
    }
    state.periods.forEach(function (period) {
      control.add(new Option(period[1], period[0]));
    });
    control.dataset.offered = wanted;
  }

  function showControl(control) {
    var name = control.dataset.filter;
    var value = state.controls[name] || "";
    var off = state.off[name];
    if (control.tagName === "SELECT") {
      Array.from(control.options).forEach(function (option) {
        if (option.dataset.several) {
          option.remove();
        } else {
          option.disabled = Array.isArray(off) && off.indexOf(option.value) >= 0;
        }
      });
      if (state.several[name] && !Array.from(control.options).some(function (one) { return one.value === value; })) {
        var option = new Option(state.several[name], value);
        option.dataset.several = "yes";
        control.add(option);
      }
    }
    if (control.value !== value) {
      control.value = value;
    }
    if (control.tagName === "SELECT" && control.selectedIndex < 0) {
      control.selectedIndex = 0;
    }
    control.disabled = off === true;
  }

  // The slider over the parts of the period. Dash has no range input of the browser's own that is light: it
  // is put into an element that Dash leaves empty. 0 is the whole period.
  var playing = null;

  function stopPlaying() {
    window.clearTimeout(playing);
    playing = null;
    var button = document.getElementById("time-play");
    if (button) {
      button.textContent = "▶";
      button.title = button.dataset.play;
      button.setAttribute("aria-label", button.dataset.play);
    }
  }

  function sayTime(number) {
    var said = document.getElementById("time-now");
    var text = number ? state.parts[number - 1] : said.dataset.whole;
    said.textContent = text;
    document.getElementById("time-range").setAttribute("aria-valuetext", text);
  }

  function goTo(number) {
    sayTime(number);
    go({ at: number ? state.parts[number - 1] : "" });
  }

  // The next part once the one before is shown; at the end it stops there.
  function playOn() {
    var range = document.getElementById("time-range");
    if (!range || !state) {
      stopPlaying();
    } else if (state.asked === window.location.search) {
      var next = Number(range.value) + 1;
      if (next > state.parts.length) {
        stopPlaying();
        return;
      }
      range.value = next;
      goTo(next);
    }
    if (playing !== null) {
      playing = window.setTimeout(playOn, 900);
    }
  }

  function play() {
    if (playing !== null) {
      stopPlaying();
      return;
    }
    var button = document.getElementById("time-play");
    button.textContent = "■";
    button.title = button.dataset.stop;
    button.setAttribute("aria-label", button.dataset.stop);
    var range = document.getElementById("time-range");
    if (Number(range.value) >= state.parts.length) {
      range.value = 0;
    }
    playing = 0;
    playOn();
  }

  function showTime() {
    var place = document.getElementById("time-slider");
    if (!place) {
      return;
    }
    var range = document.getElementById("time-range");
    if (!range) {
      range = document.createElement("input");
      range.type = "range";
      range.id = "time-range";
      range.min = 0;
      range.setAttribute("aria-label", place.parentElement.dataset.label);
      range.addEventListener("input", function () {
        sayTime(Number(range.value));
      });
      range.addEventListener("change", function () {
        stopPlaying();
        goTo(Number(range.value));
      });
      place.appendChild(range);
      document.getElementById("time-play").addEventListener("click", play);
    }
    place.parentElement.hidden = !state.parts.length;
    range.max = state.parts.length;
    if (state.asked === window.location.search) {
      range.value = state.at ? state.parts.indexOf(state.at) + 1 : 0;
    }
    sayTime(Number(range.value));
  }

  // A phone shows the filters folded, under one line that says the question.
  function sayQuestion() {
    var line = document.getElementById("show-filters");
    line.textContent = ["disease", "measure", "view"]
      .map(function (name) {
        var control = document.getElementById("filter-" + name);
        return control.selectedIndex < 0 ? "" : control.options[control.selectedIndex].text;
      })
      .join(" · ");
  }

  function showState() {
    offerPeriods();
    showTime();
    document.querySelectorAll("[data-filter]").forEach(showControl);
    sayQuestion();
    var more = document.querySelector("details.more");
    var grouped = Array.from(document.querySelectorAll("[data-axis]")).some(function (control) {
      return control.value;
    });
    if (more && grouped) {
      more.open = true;
    }
    document.querySelectorAll("[data-same-question]").forEach(function (link) {
      link.href = link.pathname + window.location.search;
    });
    document.querySelectorAll("a.language, .looks a").forEach(function (link) {
      var here = window.location.pathname + window.location.search;
      link.href = link.pathname + "?next=" + encodeURIComponent(here);
    });
  }

  // Parts that a phone shows folded are open wherever there is room, before anything is drawn.
  var roomy = window.matchMedia("(min-width: 481px)");

  function unfold(open, which) {
    document.querySelectorAll("details.folded" + (which || "")).forEach(function (part) {
      part.dataset.seen = "yes";
      part.open = open;
    });
  }

  function show() {
    unfold(roomy.matches, ":not([data-seen])");
    fetchOpened(false);
    // Dash draws this control anew with the panel, after the state has come.
    var step = document.getElementById("filter-step");
    if (state && step && step.value !== state.controls.step && !awaited) {
      showControl(step);
    }
    settle();
  }

  // Buttons beside the image: what is in it, a reader of screens takes for one picture.
  function zoom(step) {
    var map = document.querySelector("#map .js-plotly-plot");
    var geo = map && map._fullLayout && map._fullLayout.geo;
    if (!geo) {
      return;
    }
    var scale = step === "in" ? geo.projection.scale * 2 : Math.max(1, geo.projection.scale / 2);
    var whole = step === "whole" || scale <= 1;
    map.zooming = true;
    window.Plotly.relayout(
      map,
      whole
        ? {
            "geo.projection.scale": 1,
            "geo.center.lon": null,
            "geo.center.lat": null,
            "geo.projection.rotation.lon": null,
          }
        : { "geo.projection.scale": Math.min(scale, 64) }
    ).then(function () {
      map.zooming = false;
    });
  }

  // The map that came with the page (dashboard/pages/first_map.py) goes into the frame once Dash has answered, and
  // goes away when the map that can be worked with is drawn there, or another question is asked. Whoever stands on
  // one of its provinces with the keyboard may finish.
  function takeOver() {
    var first = document.getElementById("first-view");
    var frame = document.getElementById("first-map");
    var title = document.getElementById("title");
    if (first && frame && title && title.textContent) {
      var held = document.activeElement;
      if (first.dataset.asked === window.location.search) {
        frame.replaceChildren(first.querySelector("svg"));
      }
      first.remove();
      if (frame.contains(held)) {
        held.focus({ preventScroll: true });
      }
    }
    if (!frame || !frame.firstChild) {
      return;
    }
    var stale = state && state.asked !== window.location.search;
    if (stale || document.querySelector("#map .choroplethlayer path")) {
      if (!stale && frame.contains(document.activeElement)) {
        frame.addEventListener("focusout", takeOver, { once: true });
        return;
      }
      frame.replaceChildren();
    }
  }

  // A zoomed map stays zoomed when its figure is drawn anew, and only that one is dragged: of the whole
  // country there is nothing beside it, and on a phone the finger should scroll the page.
  function keepZoom() {
    var map = document.querySelector("#map .js-plotly-plot");
    if (!map || map.dataset.watched || !map.on) {
      return;
    }
    map.dataset.watched = "yes";
    var kept = null;
    map.on("plotly_relayout", function () {
      var geo = map._fullLayout.geo;
      if (!geo) {
        return; // nothing is drawn yet
      }
      var zoomed = geo.projection.scale > 1.01;
      kept = zoomed && {
        "geo.projection.scale": geo.projection.scale,
        "geo.projection.rotation.lon": geo.projection.rotation.lon,
        "geo.center.lon": geo.center.lon,
        "geo.center.lat": geo.center.lat,
        dragmode: "pan",
      };
      if (map._fullLayout.dragmode !== (zoomed ? "pan" : false)) {
        window.Plotly.relayout(map, { dragmode: zoomed ? "pan" : false });
      }
    });
    nameTraces(map);
    map.on("plotly_afterplot", function () {
      nameTraces(map);
      if (kept && !map.zooming && map._fullLayout.geo && map._fullLayout.geo.projection.scale !== kept["geo.projection.scale"]) {
        window.Plotly.relayout(map, kept);
      }
    });
  }

  // Each group of points, lines or letters gets the name of its trace as a class: the stylesheet sets names of
  // provinces as large as the map is wide, and leaves values alone on a phone (dashboard/figures/area_map.py).
  function nameTraces(map) {
    map.querySelectorAll(".scatterlayer > g").forEach(function (group) {
      var held = group.__data__ && group.__data__[0];
      if (held && held.trace && held.trace.name) {
        group.classList.add("trace-" + held.trace.name);
      }
    });
  }

  // Dash says nothing when the server refuses it: who was signed out would go on reading an old map.
  var fetched = window.fetch;
  window.fetch = function () {
    return fetched.apply(window, arguments).then(function (answer) {
      var notice = document.getElementById("signed-out");
      if (answer.status === 401 && notice) {
        var here = window.location.pathname + window.location.search;
        notice.querySelector("a").href = "/sign-in?next=" + encodeURIComponent(here);
        notice.hidden = false;
        notice.scrollIntoView({ block: "nearest" });
      }
      return answer;
    });
  };

  roomy.addEventListener("change", function () {
    unfold(roomy.matches);
  });
  window.addEventListener("beforeprint", function () {
    unfold(true);
  });
  document.addEventListener("change", onChange);
  document.addEventListener("click", onClick);
  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-find]")) {
      findRows(event.target);
    }
  });
  document.addEventListener(
    "toggle",
    function () {
      fetchOpened(true);
    },
    true
  );
  new MutationObserver(function () {
    show();
    takeOver();
    keepZoom();
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["data-area", "data-step", "data-fetched-when-open"],
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.chhlang = {
    showState: function (resolved, measures) {
      if (resolved) {
        state = resolved;
        offerMeasures(measures);
        showState();
        markSelected();
        fetchInto(document.getElementById("table"), state.table, true);
      }
    },
    selectArea: function (click) {
      var point = click && click.points && click.points[0];
      var code = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
      if (code && code.charAt(0) === "/") {
        window.location.assign(code); // a circle or a ring with a page of its own
      } else if (code) {
        openArea(code);
      }
    },
  };
})();
