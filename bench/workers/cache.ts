// The cache of a location that never has anything. In workerd's protocol a miss is a 504.
export default {
  fetch: (request) =>
    request.method === "PUT"
      ? new Response(null, { status: 204 })
      : new Response(null, { status: 504, headers: { "CF-Cache-Status": "MISS" } }),
} satisfies ExportedHandler;
