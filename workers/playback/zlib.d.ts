// The one function of Node's zlib that the edge path uses: native and synchronous in workerd. The types of
// Node as a whole do not belong in the Worker's program.
declare module "node:zlib" {
  export function gzipSync(bytes: Uint8Array, options?: { readonly level?: number }): Uint8Array<ArrayBuffer>;
}
