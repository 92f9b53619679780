// FFmpeg reads what anyone may have written, so where the runner is root its children are not: each gets a user of its
// own, who owns nothing. Files reach it as open descriptors, because that user need not be let into the folders on the
// way; it writes only into the folders that its arguments name.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { chown, lchown, lstat, open, type FileHandle } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import { promisify } from "node:util";

/** Users that no account has: systemd's range for users of the moment. */
const firstUid = 61_184;
const lastUid = 65_519;
let lent = 0;
let allowed: Promise<boolean> | undefined;

/** Null where the runner has no privileges to drop, or may not: a container without CAP_SETUID. */
export async function borrowUid(setpriv: string | null): Promise<number | null> {
  if (setpriv === null || process.getuid?.() !== 0) return null;
  allowed ??= promisify(execFile)(setpriv, [...asUser(firstUid), "true"]).then(
    () => true,
    () => false,
  );
  if (!(await allowed)) return null;
  return firstUid + (lent++ % (lastUid - firstUid + 1));
}

export function asUser(uid: number): readonly string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
}

export interface HandedOver {
  readonly args: readonly string[];
  /** To be given to the child in this order, from `firstDescriptor` on. */
  readonly descriptors: readonly number[];
  /** The child has its own by then. */
  close(): Promise<void>;
}

/** Inputs, and folders of outputs with an absolute path, become `/proc/self/fd/N`. `cwd` is for relative ones. */
export async function handOver(
  given: readonly string[],
  cwd: string | undefined,
  uid: number,
  firstDescriptor: number,
): Promise<HandedOver> {
  const handles: FileHandle[] = [];
  const pathOf = (handle: FileHandle) => {
    handles.push(handle);
    return `/proc/self/fd/${firstDescriptor + handles.length - 1}`;
  };
  const close = async () => {
    for (const handle of handles) await handle.close();
  };
  try {
    if (cwd !== undefined) await chown(cwd, uid, uid);
    const args: string[] = [];
    for (const [index, arg] of given.entries()) {
      if (given[index - 1] === "-i") {
        // What can't be opened FFmpeg can't open either, and says why.
        const handle = await open(arg, "r").catch(() => null);
        args.push(handle === null ? arg : pathOf(handle));
      } else if (isAbsolute(arg)) {
        const folder = dirname(arg);
        await chown(folder, uid, uid);
        await give(arg, uid);
        args.push(
          `${pathOf(await open(folder, constants.O_RDONLY | constants.O_DIRECTORY))}/${basename(arg)}`,
        );
      } else {
        args.push(arg);
        // A name in `cwd`, or in a folder of it, if it is one at all.
        if (cwd !== undefined && !arg.startsWith("-") && !normalize(arg).startsWith("..")) {
          await give(join(cwd, arg), uid);
          await give(join(cwd, dirname(arg)), uid);
        }
      }
    }
    return { args, descriptors: handles.map(({ fd }) => fd), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What another try left behind belongs to the user of then. */
async function give(path: string, uid: number): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isFile() === true || found?.isDirectory() === true) await lchown(path, uid, uid);
}
