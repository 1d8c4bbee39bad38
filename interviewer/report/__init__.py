"""The report of an interview: its data, and that data as Markdown."""

from interviewer.report.build import build_report
from interviewer.report.data import Report
from interviewer.report.highlight import Mark, Segment, highlight
from interviewer.report.markdown import as_markdown

__all__ = ["Mark", "Report", "Segment", "as_markdown", "build_report", "highlight"]
