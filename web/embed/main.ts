// The player alone, in somebody's frame.
import "../player/sluice-player.ts";
import { openPage } from "../watch/path.ts";
import { attributesOf } from "./options.ts";

const { token, address, state } = openPage(location.href, history.state);
// A token in the address would go with every report of it.
if (address !== null) history.replaceState(state, "", address);

const player = document.createElement("sluice-player");
for (const [name, value] of attributesOf(location.href)) player.setAttribute(name, value);
player.setAttribute("playback-origin", location.origin);
if (token !== "") player.setAttribute("token", token);
document.getElementById("main")?.append(player);
