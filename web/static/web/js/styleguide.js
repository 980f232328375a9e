import { toast } from "./kit/toast.js";
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
