// What Durable Objects load at their first call, loaded beforehand. Under the tests loading is a request, and of two
// objects that load the same at once one would wait for the other's, which the runtime refuses; in a bundle it is none.
import "#workers/access/revocation-rows.ts";
import "#workers/access/stream-register.ts";
import "#workers/analytics/session-rows.ts";
import "#workers/analytics/usage-rows.ts";
import "#workers/events/open-hub.ts";
import "#workers/imports/pull.ts";
import "#workers/metrics/counter-shard.ts";
import "#workers/metrics/flush-counts.ts";
import "#workers/transcoding/task-board.ts";
import "#workers/uploads/inspect.ts";
import "#workers/uploads/upload.ts";
