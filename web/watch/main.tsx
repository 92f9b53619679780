import { render } from "preact";
import "../player/sluice-player.ts";
import { openPage, playbackIdIn, startTimeIn } from "./path.ts";
import { WatchPage } from "./watch-page.tsx";

// A token in the address bar would be copied, bookmarked and photographed along with it.
const { token, address, state } = openPage(location.href, history.state);
if (address !== null) history.replaceState(state, "", address);

const main = document.getElementById("main");
const meta = document.querySelector<HTMLMetaElement>('meta[name="playback-origin"]');
if (main !== null) {
  const props = { playbackId: playbackIdIn(location.pathname), token, startTime: startTimeIn(location.href) };
  render(<WatchPage {...props} playbackOrigin={meta?.content ?? location.origin} />, main);
}
