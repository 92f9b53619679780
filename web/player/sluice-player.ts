// The one file that a page embeds: <script type="module" src="https://…/player/sluice-player.js"></script>
import { SluicePlayer } from "./element.ts";

export { SluicePlayer };

if (customElements.get("sluice-player") === undefined) customElements.define("sluice-player", SluicePlayer);
