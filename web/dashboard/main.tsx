import { render } from "preact";
import { App } from "./app.tsx";

const place = document.getElementById("dashboard");
const meta = document.querySelector<HTMLMetaElement>('meta[name="playback-origin"]');
if (place !== null) render(<App playbackOrigin={meta?.content ?? location.origin} />, place);
