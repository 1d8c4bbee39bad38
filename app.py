"""Settings, wiring, page, launch: what `interviewer serve` and a hosting space run."""

from interviewer.settings import load_settings
from interviewer.ui import launch
from interviewer.wiring import build

if __name__ == "__main__":
    launch(build(load_settings()))
