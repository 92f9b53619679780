// What was uploaded plays as it is: every kind of file in every player, sound and picture together, and the move to
// the ladder while it plays.
import { join } from "node:path";
import { launchChromium, servePlayers } from "../../e2e/browser/chromium.ts";
import type { Check } from "./check.ts";
import { moveOurPlayer } from "./instant-move.ts";
import { goOnWithTheFile } from "./instant-others.ts";
import { playKinds } from "./instant-players.ts";
import { checkSync } from "./instant-sync.ts";

export const instant: Check = {
  name: "instant",
  async run(run) {
    const [browser, pages] = await Promise.all([launchChromium(), servePlayers()]);
    run.defer(() => browser.close());
    run.defer(() => pages.close());
    // Nobody encodes: what plays is the file.
    const still = await run.startStack({ runners: 0, dataDirectory: join(run.scratch, "still") });
    await playKinds(run, still, browser, pages);
    await checkSync(run, still);
    await still.stop();
    const stack = await run.startStack({ dataDirectory: join(run.scratch, "encoding") });
    await moveOurPlayer(run, stack, browser);
    await goOnWithTheFile(run, stack, browser, pages);
  },
};
