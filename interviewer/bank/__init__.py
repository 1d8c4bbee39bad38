"""The question bank: load, lint, search."""

from interviewer.bank.load import Bank, load_bank

__all__ = ["Bank", "load_bank"]
