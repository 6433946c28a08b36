"""An HTTP server for tests of helpers: http_server.py PORT FOLDER [PID-FILE]. Ends by itself after a minute. Of port 0 a free
one is made, told in FOLDER/../port.

What it serves: the files of FOLDER, with the time and size of each; below /plain/ the same without their time; /status/N
answers with that status; /echo answers with the method, the headers of interest and the body. FOLDER/../log gets a line a request."""
import http.server
import os
import sys
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        with open("../log", "a") as log:
            log.write(f"{self.command} {self.path}\n")

    def answer(self, status, body, head=()):
        self.send_response(status)
        for name, value in head:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_any(self):
        if self.path.startswith("/status/"):
            return self.answer(int(self.path.split("/")[2]), b"so be it\n")
        if self.path == "/echo":
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            text = f"{self.command} {self.headers.get('X-Key', '-')} ".encode() + body + b"\n"
            return self.answer(200, text)
        if self.path == "/moved":
            return self.answer(302, b"", [("Location", "/f")])
        if self.path.startswith("/plain/"):
            with open(self.path[len("/plain/"):], "rb") as file:
                return self.answer(200, file.read())
        if self.command in ("GET", "HEAD"):
            return getattr(super(), "do_" + self.command)()
        return self.answer(405, b"")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_any


os.chdir(sys.argv[2])
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
threading.Timer(60, lambda: os._exit(0)).start()
if sys.argv[1] == "0":
    with open("../port", "w") as port:
        port.write(str(server.server_address[1]))
if len(sys.argv) > 3:
    with open(sys.argv[3], "w") as pid:
        pid.write(str(os.getpid()))
server.serve_forever()
