// What a newcomer runs first, as they run it: a process of its own.
import { capture } from "./capture.ts";
import type { Check } from "./check.ts";

export const demo: Check = {
  name: "demo",
  async run(run) {
    const ended = await capture("npm", ["run", "demo", "--", "--once", "--seconds", "20"]);
    const output = ended.stdout.toString();
    for (const line of output.trim().split("\n")) run.say(line);
    run.expect(ended.code === 0, `it ended with ${ended.code}: ${ended.stderr}`);
    const checked = /checked (\d+) playlists and (\d+) segments/.exec(output);
    run.expect(checked !== null, "it does not say what it checked");
    run.measure("exit code", ended.code ?? -1);
    run.measure("playlists", Number(checked?.[1] ?? 0));
    run.measure("segments", Number(checked?.[2] ?? 0));
    run.measure("ready after seconds", Number(/ready after ([\d.]+) s/.exec(output)?.[1] ?? -1));
    run.measure("playable after seconds", Number(/playable after ([\d.]+) s/.exec(output)?.[1] ?? -1));
  },
};
