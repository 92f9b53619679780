// The player alone, in somebody's frame.
import { SluicePlayer } from "../player/sluice-player.ts";
import { openPage } from "../watch/path.ts";
import { attributesOf } from "./options.ts";

const { token, address, state } = openPage(location.href, history.state);
// A token in the address would go with every report of it.
if (address !== null) history.replaceState(state, "", address);

const player = new SluicePlayer();
for (const [name, value] of attributesOf(location.href)) player.setAttribute(name, value);
player.setAttribute("playback-origin", location.origin);
if (token !== "") player.setAttribute("token", token);
player.addEventListener("titlechange", () => {
  const { mediaTitle } = player;
  if (mediaTitle === "") return;
  const heading = document.getElementById("title");
  if (heading !== null) heading.textContent = mediaTitle;
  document.title = `${mediaTitle} · Sluice`;
});
document.getElementById("main")?.append(player);
