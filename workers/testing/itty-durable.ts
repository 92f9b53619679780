// itty-durable declares CommonJS but ships ES modules, which the test bundler refuses to load by the
// package's name. Its files by path are fine. wrangler's bundler needs none of this.
export { createDurable } from "../../node_modules/itty-durable/itty-durable.js";
export { proxyDurable } from "../../node_modules/itty-durable/proxy-durable.js";
