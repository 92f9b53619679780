import { render } from "preact";
import { UploadPage } from "./upload-page.tsx";

const place = document.getElementById("upload");
if (place !== null) render(<UploadPage />, place);
