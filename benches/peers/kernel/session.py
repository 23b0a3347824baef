"""One session with a kernel, through jupyter_client."""

import os
import re
import time
from pathlib import Path
from queue import Empty

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Session:
    """A running kernel; ends with the `with` block."""

    def __init__(self, kernel, root, stock_folder, patience):
        self.kernel, self.patience = kernel, patience
        program = root / "target/release" / {"ours": "saigen-kernel", "stock": "saigen-evcxr"}[kernel]
        option = {"ours": "--connection-file", "stock": "--control_file"}[kernel]
        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(
            argv=[str(program), option, "{connection_file}"],
            display_name=kernel,
            language="rust",
            interrupt_mode="message",
        )
        environment = dict(os.environ)
        if kernel == "stock":
            # What it builds is kept, or each start would build polars anew. Outside the repository, whose
            # .cargo/config.toml would otherwise apply to it.
            Path(stock_folder).mkdir(parents=True, exist_ok=True)
            environment["EVCXR_TMPDIR"] = str(stock_folder)
        self.begun = time.perf_counter()
        self.manager.start_kernel(env=environment, cwd=str(root / "notebooks"))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=patience)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def start(self, code):
        """Sends a cell and returns its message id."""
        return self.client.execute(code, allow_stdin=False)

    def finish(self, sent, begun):
        """Waits for reply and idle of a cell; returns what it gave and how long it took since `begun`."""
        outcome = {"stdout": "", "result": "", "error": "", "status": ""}
        idle = replied = False
        end = begun + self.patience
        while not (idle and replied):
            left = end - time.perf_counter()
            if left < 0:
                raise TimeoutError(f"no end of a cell within {self.patience} s")
            if not idle:
                try:
                    message = self.client.get_iopub_msg(timeout=min(left, 1.0) if replied else left)
                except Empty:
                    continue
                if message["parent_header"].get("msg_id") != sent:
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "stream" and content["name"] == "stdout":
                    outcome["stdout"] += content["text"]
                elif kind in ("execute_result", "display_data"):
                    outcome["result"] += content["data"].get("text/plain", "")
                elif kind == "error":
                    outcome["error"] = f"{content['ename']}: {COLOURS.sub('', content['evalue'])}"
                elif kind == "status" and content["execution_state"] == "idle":
                    idle = True
                    outcome["seconds"] = time.perf_counter() - begun
            else:
                reply = self.client.get_shell_msg(timeout=left)
                if reply["parent_header"].get("msg_id") == sent:
                    outcome["status"], replied = reply["content"]["status"], True
        return outcome

    def run(self, code):
        begun = time.perf_counter()
        return self.finish(self.start(code), begun)

    def complete(self, code):
        """Seconds and number of candidates of one completion at the end of the code."""
        begun = time.perf_counter()
        reply = self.client.complete(code, len(code), reply=True, timeout=self.patience)
        return time.perf_counter() - begun, len(reply["content"].get("matches", []))

    def memory(self):
        """Proportional set size of the kernel and all its descendants, in MB."""
        total, waiting = 0, [self.manager.provisioner.process.pid]
        while waiting:
            process = waiting.pop()
            try:
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                for task in Path(f"/proc/{process}/task").iterdir():
                    waiting += [int(child) for child in (task / "children").read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1))
        return total / 1000
