// Linux gives more than a time limit; elsewhere (a laptop) the tool runs without these.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { RunLimits } from "./run.ts";

let found: Promise<{ prlimit: string | null; setpriv: string | null }> | undefined;

/** The words before `ffmpeg`: each program of the prefix replaces itself with the next one, so the pid stays. */
export async function launcherPrefix(limits: RunLimits): Promise<readonly string[]> {
  found ??= Promise.all([findProgram("prlimit"), findProgram("setpriv")]).then(([prlimit, setpriv]) => ({
    prlimit,
    setpriv,
  }));
  const { prlimit, setpriv } = await found;
  return [
    ...(prlimit === null
      ? []
      : [
          prlimit,
          `--as=${limits.addressSpaceBytes}`,
          `--cpu=${Math.ceil(limits.cpuSeconds)}`,
          `--fsize=${limits.fileSizeBytes}`,
          "--nofile=64",
          "--core=0",
        ]),
    // pdeathsig: a runner that is killed with SIGKILL leaves no encoder behind.
    ...(setpriv === null ? [] : [setpriv, "--no-new-privs", "--pdeathsig", "KILL"]),
  ];
}

async function findProgram(name: string): Promise<string | null> {
  if (process.platform !== "linux") return null;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && usable) return path;
  }
  return null;
}
