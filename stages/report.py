"""Writes the report of the experiment, `reports/report.html`."""

from ganpkg import stage, storage, sync


def main():
    params = stage.read_params()
    from ganpkg.report.page import render

    content = render(params).encode()
    storage.write_bytes("reports/report.html", content)
    sync.write_working_directory(content)


if __name__ == "__main__":
    stage.run("report", main)
