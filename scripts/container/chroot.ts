// Commands in a root folder of their own, as a container has it: own mounts and own process ids, which are gone with
// it. Needs root and util-linux; no container engine.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ChrootOptions {
  readonly root: string;
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Nothing can be written but `tmpfs`. */
  readonly readOnly?: boolean;
  readonly tmpfs?: readonly string[];
}

/** Its arguments are the root, the user, the working directory, and the command. */
const script = `set -e
root=$1; user=$2; workdir=$3; readonly=$4; tmpfs=$5; shift 5
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for path in $tmpfs; do mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root$path"; done
[ "$readonly" = no ] || mount -o remount,bind,ro "$root"
[ "$user" = root ] && exec chroot "$root" sh -c 'cd "$1"; shift; exec "$@"' sh "$workdir" "$@"
exec chroot "$root" sh -c 'cd "$1"; shift; exec setpriv --reuid="$0" --regid="$0" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"' "$user" "$workdir" "$@"`;

export function startInChroot(command: readonly string[], options: ChrootOptions): ChildProcess {
  const { root, user, workdir, env, readOnly = false, tmpfs = [] } = options;
  const shape = [root, user, workdir, readOnly ? "yes" : "no", tmpfs.join(" ")];
  return spawn(
    "unshare",
    ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "chroot", ...shape, ...command],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env },
    },
  );
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export async function runInChroot(command: readonly string[], options: ChrootOptions): Promise<Ended> {
  const child = startInChroot(command, options);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data: Buffer) => (output += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, output };
}

/** The process that is number 1 inside: what an engine would signal. */
export function firstProcess(child: ChildProcess): number {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  return Number(children.split(" ")[0]);
}
