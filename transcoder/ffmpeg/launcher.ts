// Linux gives more than a time limit; elsewhere (a laptop) the tool runs without these.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { RunLimits } from "./run.ts";
import { asUser, borrowUid } from "./unprivileged.ts";

let found: Promise<{ prlimit: string | null; setpriv: string | null }> | undefined;

export interface Launcher {
  /** The words before `ffmpeg`: each program of the prefix replaces itself with the next one, so the pid stays. */
  readonly prefix: readonly string[];
  /** The user that FFmpeg runs as, where it is another than ours. */
  readonly uid: number | null;
}

export async function launcherFor(limits: RunLimits): Promise<Launcher> {
  found ??= Promise.all([findProgram("prlimit"), findProgram("setpriv")]).then(([prlimit, setpriv]) => ({
    prlimit,
    setpriv,
  }));
  const { prlimit, setpriv } = await found;
  const uid = await borrowUid(setpriv);
  const prefix = [
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
    ...(setpriv === null
      ? []
      : [setpriv, "--no-new-privs", "--pdeathsig", "KILL", ...(uid === null ? [] : asUser(uid))]),
  ];
  return { prefix, uid };
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
