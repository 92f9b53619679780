// `npm run build:client`: the typed client as plain JavaScript with its types, a package of its own in web/client/dist.
import { join } from "node:path";
import { root } from "./setup.mjs";
import { buildClient } from "./stack/client-package.ts";

const directory = join(root, "web/client/dist");
await buildClient(directory);
console.log(`sluice/client is in ${directory}`);
