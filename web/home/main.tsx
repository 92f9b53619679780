import { render } from "preact";
import { Api, byKey } from "../api.ts";
import { takeKey } from "../access/api-key.ts";
import { RecentVideos } from "./recent-videos.tsx";

const place = document.getElementById("recent");
const key = takeKey();
if (place !== null && key !== null) render(<RecentVideos api={new Api(byKey(key))} />, place);
