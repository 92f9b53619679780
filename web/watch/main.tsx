import { render } from "preact";
import "../player/sluice-player.ts";
import { playbackIdIn } from "./path.ts";
import { WatchPage } from "./watch-page.tsx";

const main = document.getElementById("main");
if (main !== null) render(<WatchPage playbackId={playbackIdIn(location.pathname)} />, main);
