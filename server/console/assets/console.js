// The console's script. Every page is whole without it: it keeps figures current, and lets hands stay on the keyboard.
// It is served as it stands here; it makes no markup from texts, and asks nothing of any other host.
//
// Other scripts of the console may ask for the page to be brought up to date: document.dispatchEvent(new Event("refresh")).
// What only looks at a page and must survive that carries data-keep.
"use strict";

// ---- figures change in place; what is newer waits behind a line above its table ----
(() => {
  const main = document.getElementById("main");
  const state = document.getElementById("live");
  if (!main || !state) return;

  const least = 1000; // ms between two looks at the page
  const tint = 4000;
  let wanted = false, looking = false, looked = 0, timer = 0, pressed = false;
  let newest = main; // the page as the server has it

  // say tells a screen reader, once a minute at most.
  const speaker = document.getElementById("said");
  let spoke = -Infinity, unsaid = "", later = 0;
  function say(text) {
    unsaid = text;
    clearTimeout(later);
    later = setTimeout(() => { spoke = performance.now(); speaker.textContent = unsaid; }, Math.max(0, spoke + 60000 - performance.now()));
  }

  const changed = field => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.tagName === "SELECT" ? field.selectedIndex !== Math.max(0, [...field.options].findIndex(o => o.defaultSelected))
    : field.type !== "hidden" && field.value !== field.defaultValue;
  const dirty = within => [...within.querySelectorAll("input, select, textarea")].some(changed);

  // busy reports whether somebody is in the middle of something that must not move.
  function busy() {
    const s = getSelection();
    return pressed || document.hidden || dirty(main) || document.querySelector("dialog[open]") !== null ||
      s !== null && !s.isCollapsed && main.contains(s.anchorNode);
  }

  // refresh asks for the page as it is now, when nothing is in the way.
  function refresh() {
    wanted = true;
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(0, looked + least - performance.now()));
  }
  async function look() {
    if (looking || !wanted || main.dataset.past !== undefined) return;
    if (busy()) {
      state.dataset.held = "";
      state.title = "What has changed is shown when you are done";
      timer = setTimeout(look, 500);
      return;
    }
    delete state.dataset.held;
    state.title = "";
    wanted = false;
    looking = true;
    const began = performance.now();
    try {
      const answer = await fetch(location.href, { headers: { "Console-Live": "1" }, redirect: "error" });
      if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* what is shown stays; the state says that it is not live */ }
    looked = performance.now() + 9 * (performance.now() - began); // a page that takes long is asked for less often
    looking = false;
    if (wanted) refresh();
  }

  // take brings in what may change without moving anything.
  function take(page) {
    const now = page.getElementById("main");
    if (!now || now.dataset.past !== undefined) return;
    if (busy()) { refresh(); return; }
    newest = now;
    for (const place of document.querySelectorAll(".side, .pages")) {
      const other = page.querySelector("." + place.className);
      if (other) patch(place.querySelector("ul"), other.querySelector("ul"));
    }
    const parts = kept(main), others = kept(now);
    if (parts.length !== others.length || parts.some((e, i) => nameOf(e) !== nameOf(others[i]))) { lineFor(main, 0); return; }
    parts.forEach((e, i) => e.tagName === "SECTION" ? takeSection(e, others[i]) : patch(e, others[i]));
  }
  const kept = e => [...e.children].filter(c => !c.classList.contains("newer") && !c.hasAttribute("data-keep"));
  const nameOf = e => e.tagName + "." + e.id + "." + (e.tagName === "SECTION" ? e.querySelector("h2")?.textContent ?? "" : e.className);

  const rowsOf = e => [...e.querySelectorAll("tbody > tr, ol.time > li")];
  // keysOf names the rows of a section: by where they lead, or what they are about.
  function keysOf(e) {
    const seen = new Map();
    return rowsOf(e).map(r => {
      const key = r.id || r.querySelector("a.row, a[href]")?.getAttribute("href") || r.firstElementChild?.textContent || "";
      const n = (seen.get(key) ?? 0) + 1;
      seen.set(key, n);
      return key + " " + n;
    });
  }

  // takeSection changes the figures of rows that are there in both. Where others came, or went, a line says so: nothing
  // moves before somebody asks for it. A list with a sum, and one with a form that books something, stay as they are
  // until then: a sum is of its rows, and a preview is of one moment.
  function takeSection(section, now) {
    const keys = keysOf(section), others = keysOf(now);
    const same = keys.length === others.length && keys.every((k, i) => k === others[i]);
    const form = section.querySelector('form[method="post"]')?.textContent, other = now.querySelector('form[method="post"]')?.textContent;
    if (!same || form !== other) {
      lineFor(section, others.filter(k => !keys.includes(k)).length);
      if (section.querySelector("tr.total, form[method=post]") || now.querySelector("tr.total, form[method=post]")) return;
      const rows = rowsOf(now), at = new Map(others.map((k, i) => [k, rows[i]]));
      rowsOf(section).forEach((row, i) => at.has(keys[i]) && patchRow(row, at.get(keys[i])));
      return;
    }
    section.querySelector(".newer")?.remove();
    const rows = rowsOf(now);
    rowsOf(section).forEach((row, i) => patchRow(row, rows[i]));
    patch(section, now);
  }
  function patchRow(row, now) {
    if (row.isEqualNode(now)) return;
    const before = row.textContent;
    patch(row, now);
    if (row.textContent !== before) mark(row);
  }

  // patch makes old what now is, node by node, so that focus and hover stay. Forms keep what is in them.
  function patch(old, now) {
    if (!old || !now || old.isEqualNode(now) || old.nodeType === 1 && old.matches("form, dialog, [data-keep]")) return;
    if (old.nodeType !== 1) { if (old.data !== now.data) old.data = now.data; return; }
    const a = [...old.childNodes].filter(n => !(n.nodeType === 1 && n.matches(".newer, [data-keep]"))), b = [...now.childNodes];
    const alike = a.length === b.length && a.every((n, i) => n.nodeName === b[i].nodeName);
    if (!alike && old.contains(document.activeElement)) return;
    for (const name of old.getAttributeNames()) if (!now.hasAttribute(name) && name !== "class") old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value && (name !== "class" || !old.classList.contains("new"))) old.setAttribute(name, value);
    if (!alike) { old.replaceChildren(...b.map(n => document.importNode(n, true))); return; }
    a.forEach((n, i) => patch(n, b[i]));
  }

  // mark tints what changed for a moment.
  function mark(row) {
    row.classList.remove("new");
    row.getBoundingClientRect(); // or the animation would not begin again
    row.classList.add("new");
    setTimeout(() => row.classList.remove("new"), tint);
  }

  // lineFor says above a section, or the page, that there is more; it stands over what is there, and moves nothing.
  function lineFor(place, count) {
    const text = count === 1 ? "1 newer entry" : count > 1 ? count + " newer entries" : place === main ? "This page has changed" : "This list has changed";
    let line = place.querySelector(place === main ? ":scope > .newer" : ".newer");
    if (!line) {
      line = document.createElement("button");
      line.type = "button";
      line.className = "newer";
      line.addEventListener("click", () => show(place));
      if (place === main) main.prepend(line); else (place.querySelector(":scope > .head") ?? place).append(line);
      const list = place.querySelector(":scope > :is(.scroll, .wrapped, .time, .head + *)");
      if (place !== main && list) line.style.top = list.offsetTop - 6 + "px";
    }
    if (line.textContent !== text) line.textContent = text;
    say(text + (place === main ? "" : " in " + (place.querySelector("h2")?.textContent ?? "a list")));
  }

  // show brings in what is newer, and leads the focus to the first of it.
  function show(place) {
    const keys = new Set(keysOf(place));
    let now = newest;
    if (place !== main) {
      now = kept(newest)[kept(main).indexOf(place)];
      if (!now) return;
    }
    const fresh = document.importNode(now, true), forms = [...place.querySelectorAll('form[method="get"]')];
    [...fresh.querySelectorAll('form[method="get"]')].forEach((f, i) => forms[i] && dirty(forms[i]) && f.replaceWith(forms[i]));
    place.replaceChildren(...fresh.childNodes);
    const rows = rowsOf(place), names = keysOf(place);
    const came = rows.filter((_, i) => !keys.has(names[i]));
    came.forEach(mark);
    const to = (came[0] ?? place).querySelector("a, h1, h2");
    if (to && !to.matches("a")) to.tabIndex = -1;
    to?.focus({ preventScroll: true });
  }

  // ---- the feed: which record the books have reached ----
  let feed = null, record = Number(state.dataset.record), heard = new Date(), again = 0;
  const words = n => n.toLocaleString("en-US");
  const clock = t => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: state.dataset.zone }).format(t);
  function live() {
    heard = new Date();
    state.className = "live";
    state.textContent = "Live, record " + words(record);
  }
  function lost() {
    if (state.className === "lost") return;
    state.className = "lost";
    state.textContent = "Not live since " + clock(heard) + ", record " + words(record);
    say(state.textContent);
  }
  function listen() {
    clearTimeout(again);
    feed?.close();
    feed = new EventSource(state.dataset.feed);
    feed.addEventListener("head", e => {
      const reached = JSON.parse(e.data).record;
      const more = reached > record;
      record = Math.max(record, reached);
      live();
      if (more || main.dataset.beat !== undefined) refresh();
    });
    feed.addEventListener("error", () => {
      lost();
      if (feed.readyState === EventSource.CLOSED) again = setTimeout(listen, 10000);
    });
  }
  // A browser has few connections to a host: a page that nobody sees gives its own back.
  function seen() {
    if (document.hidden) { clearTimeout(again); feed?.close(); feed = null; } else if (!feed) listen();
  }
  for (const [name, down] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) addEventListener(name, () => { pressed = down; }, { passive: true });
  document.addEventListener("refresh", refresh);
  if (state.dataset.feed) {
    document.addEventListener("visibilitychange", seen);
    addEventListener("pagehide", () => { clearTimeout(again); feed?.close(); feed = null; });
    addEventListener("pageshow", seen);
  }
})();

// ---- keys: they never fire in fields, none of them moves money, and they can be turned off ----
(() => {
  const fields = "input, select, textarea, [contenteditable]";
  const links = [...document.querySelectorAll(".side a[data-go]")];
  const help = [["/", "search"], ["g, then " + links.map(a => a.dataset.go).join(" "), links.map(a => a.firstElementChild.textContent).join(", ")],
    ["j, k", "next row, row before"], ["Enter", "open the row"], ["[, ]", "what is before, and after, of what is shown"],
    ["c", "copy a link to what is shown"], ["e", "the table as CSV"], ["n", "back to now"],
    ["←, →", "as of the posting before, or after; with Shift a day"], ["?", "this help"], ["Esc", "back"]];
  let going = 0;

  const make = (tag, text) => { const e = document.createElement(tag); if (text) e.textContent = text; return e; };
  // ask shows a dialog, which ends with Esc or its button.
  function ask(title, ...parts) {
    const dialog = make("dialog"), form = make("form"), close = make("button", "Close");
    form.method = "dialog";
    form.append(close);
    const head = make("h2", title);
    head.id = "dialog";
    dialog.setAttribute("aria-labelledby", head.id);
    dialog.append(head, ...parts, form);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
  function explain() {
    const list = make("dl");
    for (const [key, what] of help) {
      const term = make("dt");
      term.append(make("kbd", key));
      list.append(term, make("dd", what));
    }
    ask("Keys", list, make("p", "They can be turned off in the menu with your name."));
  }

  const rows = () => [...document.querySelectorAll("main a.row")].filter(a => a.getClientRects().length > 0);
  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement);
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    to?.focus();
  }
  function copy() {
    const kept = document.querySelector("a[rel=bookmark]"), link = kept?.href ?? location.href;
    const said = document.getElementById("said");
    const done = () => {
      if (said) said.textContent = "Link copied";
      if (!kept) return;
      kept.textContent = "Link copied";
      setTimeout(() => { kept.textContent = "Link"; }, 2000);
    };
    const shown = () => {
      const field = make("input");
      field.value = link;
      field.readOnly = true;
      field.setAttribute("aria-label", "Link to this page");
      ask("Link to this page", field);
      field.select();
    };
    if (!navigator.clipboard) { shown(); return; }
    navigator.clipboard.writeText(link).then(done, shown);
  }
  // stay has the page that comes next at the place, and with the focus, of this one.
  const stay = id => sessionStorage.setItem("stay", JSON.stringify({ path: location.pathname, y: scrollY, id }));
  try {
    const was = JSON.parse(sessionStorage.getItem("stay"));
    sessionStorage.removeItem("stay");
    if (was?.path === location.pathname) {
      scrollTo(0, was.y);
      document.getElementById(was.id)?.focus({ preventScroll: true });
    }
  } catch { /* a browser that keeps nothing begins at the top */ }

  // The slider says what was there while it is moved, and shows the page as of then when it is let go.
  const slide = document.getElementById("slide");
  if (slide) {
    const list = slide.dataset.points.split(";"), points = [];
    for (let i = 0; i + 1 < list.length; i += 2) points.push([Number(list[i]), list[i + 1]]);
    const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: document.getElementById("live").dataset.zone });
    let letGo = 0;
    slide.addEventListener("input", () => {
      const at = Number(slide.value), figure = (points.findLast(p => p[0] <= at) ?? [0, ""])[1];
      const text = figure + ", " + when.format(at * 1000);
      slide.setAttribute("aria-valuetext", text);
      for (const line of document.querySelectorAll("line.asof")) {
        const width = line.ownerSVGElement.viewBox.baseVal.width, x = (at - slide.min) / (slide.max - slide.min) * width;
        const words = line.nextElementSibling, right = x > width / 2;
        line.setAttribute("x1", x);
        line.setAttribute("x2", x);
        words.setAttribute("x", right ? x - 6 : x + 6);
        words.setAttribute("class", right ? "strong e" : "strong");
        words.textContent = text;
      }
    });
    slide.addEventListener("change", () => {
      clearTimeout(letGo);
      letGo = setTimeout(() => { stay("slide"); slide.form.requestSubmit(); }, 400);
    });
  }

  document.addEventListener("click", e => {
    if (!e.target.closest("a[rel=bookmark]") || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    copy();
  });

  // press clicks what has a key: of the part of the page that has the focus, or else the first.
  function press(name) {
    const all = [...document.querySelectorAll("[aria-keyshortcuts]")].filter(e => e.getAttribute("aria-keyshortcuts") === name && e.getClientRects().length > 0);
    const near = document.activeElement?.closest("section");
    const one = all.find(e => near?.contains(e)) ?? all[0];
    if (!one) return false;
    if (one.matches(fields)) { one.focus(); one.select?.(); } else { if (name.includes("Arrow")) stay(""); one.click(); }
    return true;
  }
  function back() {
    document.querySelector(".crumbs a")?.click();
  }

  document.addEventListener("keydown", e => {
    if (document.documentElement.dataset.keys === "off" || e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || e.isComposing ||
      document.querySelector("dialog[open]")) return;
    const open = document.querySelector("details.person[open]");
    if (e.key === "Escape" && open) { open.open = false; open.querySelector("summary").focus(); return; }
    if (e.target.closest(".scroll") && e.key.startsWith("Arrow")) return; // scrolls it
    if (e.target.closest(fields)) {
      if (e.key === "Escape" && e.target.type !== "range") e.target.blur();
      return;
    }
    const went = going > performance.now() ? links.find(a => a.dataset.go === e.key) : undefined;
    going = 0;
    const name = e.shiftKey && e.key.length > 1 ? "Shift+" + e.key : e.key;
    if (went) went.click();
    else if (e.key === "g") going = performance.now() + 1500;
    else if (e.key === "j" || e.key === "k") step(e.key === "j" ? 1 : -1);
    else if (e.key === "c") copy();
    else if (e.key === "?") explain();
    else if (e.key === "Escape") back();
    else if (name === "Enter" || name === "Tab" || !press(name)) return;
    e.preventDefault();
  });
})();
