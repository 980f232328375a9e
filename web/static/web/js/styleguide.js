import { toast } from "./kit/toast.js";
import "./map/live-map.js";

document.getElementById("sample-toast")?.addEventListener("click", () => toast("Stop 12 moved to R-104.", { undo: () => toast("Moved back.") }));
document.getElementById("sample-failure")?.addEventListener("click", () => toast("This window is full. The next free one is 14:00-16:00.", { state: "failed" }));

const map = /** @type {import("./map/live-map.js").LiveMap | null} */ (document.getElementById("sample-map"));
if (map) {
  map.setHubs([{ id: "h1", name: "Kallio", lon: 24.9525, lat: 60.1845 }]);
  map.setRoutes([
    { id: "r1", number: 104, color: 1, line: [[24.9525, 60.1845], [24.949, 60.187], [24.944, 60.1855], [24.938, 60.188], [24.935, 60.1905]] },
    { id: "r2", number: 105, color: 2, line: [[24.9525, 60.1845], [24.957, 60.182], [24.963, 60.183], [24.967, 60.187]] },
  ]);
  map.setStops([
    { id: "s1", number: 1, state: "done", lon: 24.949, lat: 60.187, label: "Fleminginkatu 12" },
    { id: "s2", number: 2, state: "moving", lon: 24.944, lat: 60.1855, label: "Helsinginkatu 25" },
    { id: "s3", number: 3, state: "planned", lon: 24.935, lat: 60.1905, label: "Mannerheimintie 80" },
    { id: "s4", number: 1, state: "risk", lon: 24.957, lat: 60.182, label: "Haapaniemenkatu 4" },
    { id: "s5", number: 2, state: "failed", lon: 24.967, lat: 60.187, label: "Sörnäisten rantatie 33" },
  ]);
  map.setCouriers([{ id: "c1", name: "Mikko", lon: 24.9465, lat: 60.1862, heading: 240 }]);
  map.fit();
}
