// What Durable Objects load at their first call, loaded beforehand. Under the tests loading is a request, and of two
// objects that load the same at once one would wait for the other's, which the runtime refuses; in a bundle it is none.
import "#workers/events/open-hub.ts";
import "#workers/metrics/counter-shard.ts";
import "#workers/transcoding/task-board.ts";
import "#workers/uploads/inspect.ts";
import "#workers/uploads/upload.ts";
