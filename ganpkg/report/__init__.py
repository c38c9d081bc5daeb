"""`reports/report.html`: an experiment on one page."""
