// What a .dockerignore keeps out of the build context. Pure.
import { matchesGlob } from "node:path/posix";

/** The last pattern that matches a path, or a folder that it is in, decides. */
export function isIgnored(patterns: string, path: string): boolean {
  const parts = path.split("/");
  const names = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  let ignored = false;
  for (const line of patterns.split("\n").map((text) => text.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const pattern = line.replace(/^!/, "");
    if (names.some((name) => matchesGlob(name, pattern))) ignored = !line.startsWith("!");
  }
  return ignored;
}
