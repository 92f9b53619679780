// Whether the process is alive and what it does, for whoever starts containers. Says nothing else.
import { createServer, type Server } from "node:http";

export interface Health {
  readonly server: Server;
  readonly port: number;
}

export async function serveHealth(port: number, isBusy: () => boolean): Promise<Health> {
  const server = createServer((request, response) => {
    const found = request.method === "GET" && (request.url === "/" || request.url === "/healthz");
    response.writeHead(found ? 200 : 404, {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
    });
    response.end(found ? JSON.stringify({ status: "ok", busy: isBusy() }) : undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  // The process may end while someone keeps a connection open.
  server.unref();
  const address = server.address();
  return { server, port: typeof address === "object" && address ? address.port : port };
}
