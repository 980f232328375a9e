import { toast } from "./kit/toast.js";
import { now } from "./kit/clock.js";
import "./kit/route-timeline.js";
import "./map/live-map.js";

document.getElementById("sample-toast")?.addEventListener("click", () => toast("Stop 12 moved to R-104.", { undo: () => toast("Moved back.") }));
document.getElementById("sample-failure")?.addEventListener("click", () => toast("This window is full. The next free one is 14:00-16:00.", { state: "failed" }));

const map = /** @type {import("./map/live-map.js").LiveMap | null} */ (document.getElementById("sample-map"));
if (map) {
  map.setHubs([{ id: "h1", name: "Kamppi", lon: 24.9405, lat: 60.17 }]);
  map.setRoutes([
    { id: "r1", number: 104, color: 1, line: [[24.9405, 60.17], [24.941, 60.169], [24.9384, 60.1675], [24.9362, 60.1661]] },
    { id: "r2", number: 105, color: 2, line: [[24.9405, 60.17], [24.9455, 60.172], [24.948, 60.1745], [24.944, 60.1765]] },
  ]);
  map.setStops([
    { id: "s1", number: 1, state: "done", lon: 24.941, lat: 60.169, label: "Simonkatu 6", route: "r1" },
    { id: "s2", number: 2, state: "moving", lon: 24.9384, lat: 60.1675, label: "Eerikinkatu 25", route: "r1" },
    { id: "s3", number: 3, state: "planned", lon: 24.9362, lat: 60.1661, label: "Lönnrotinkatu 30", route: "r1" },
    { id: "s4", number: 1, state: "risk", lon: 24.9455, lat: 60.172, label: "Kaisaniemenkatu 4", route: "r2" },
    { id: "s5", number: 2, state: "failed", lon: 24.944, lat: 60.1765, label: "Unioninkatu 40", route: "r2" },
  ]);
  map.setCouriers([{ id: "c1", name: "Mikko", lon: 24.9397, lat: 60.1683, heading: 240 }]);
  map.fit();
}

const timeline = /** @type {import("./kit/route-timeline.js").RouteTimeline | null} */ (document.getElementById("sample-timeline"));
if (timeline) {
  const first = now().getTime() - 2.2 * 3_600_000;
  const at = (/** @type {number} */ minutes) => new Date(first + minutes * 60_000).toISOString();
  const names = ["Mikko L.", "Sara V.", "Emil K.", "Aino R."];
  timeline.setRoutes(
    Array.from({ length: 60 }, (_, row) => {
      const behind = row === 1 ? 40 : 0;
      const stops = Array.from({ length: 9 }, (_unused, index) => {
        const start = 15 + index * 38 + ((row * 17 + index * 7) % 15) + (index > 2 ? behind : 0);
        const due = start - (index > 2 ? behind : 0) + 12;
        const state = start < 120 ? "done" : behind && index < 6 ? "failed" : behind ? "risk" : start < 145 ? "moving" : "planned";
        return { id: `t${row}-${index}`, number: index + 1, state, start: at(start), end: at(start + 7), window_start: at(due - 60), window_end: at(due), label: "Fleminginkatu 12" };
      });
      return { id: `row${row}`, number: 104 + row, color: (row % 12) + 1, label: names[row % 4], start: at(0), end: at(15 + 9 * 40 + behind), note: behind ? `+${behind} min` : "", state: behind ? "failed" : "", stops };
    }),
  );
}
