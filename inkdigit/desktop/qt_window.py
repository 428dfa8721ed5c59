"""What pywebview's Qt window lacks or does wrongly (6.2, Qt 6), put right on the window itself.

It lets any page use camera and microphone, its download handler calls a function that Qt 6 no longer has, printing does
nothing, and a place is saved without the frame but restored with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inkdigit.desktop.geometry import Geometry

_QUIET = "*.debug=false;*.info=false;*.warning=false"  # it warns of a missing Vulkan, D-Bus ...
_LIGHT, _DARK = "#f3f3f1", "#151517"  # --desk in style.css
_FLAGS = "QTWEBENGINE_CHROMIUM_FLAGS"


def prepare(icon: Path, storage: Path) -> Any:
    """Sets what Qt and pywebview read once, and makes the application. To be called before the window is made."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium's sandbox does not start for root
    os.environ.setdefault("QT_LOGGING_RULES", _QUIET)
    os.environ[_FLAGS] = f"{os.environ.get(_FLAGS, '')} --log-level=3".strip()
    from qtpy.QtCore import Qt
    from qtpy.QtGui import QIcon
    from qtpy.QtWidgets import QApplication
    from webview.platforms import qt

    qt.environ_append = lambda key, *values, sep=" ": None  # it would let every page use the camera unasked
    qt._profile_storage_path = str(storage)  # read when the module was loaded, before anybody could say where
    application = QApplication.instance() or QApplication(["inkdigit"])
    # Every point of the pen, also those that come while the window is busy. X11's part of Qt has just set the opposite.
    application.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    application.setAttribute(Qt.ApplicationAttribute.AA_CompressTabletEvents, False)
    application.setApplicationName("inkdigit")
    application.setDesktopFileName("inkdigit")
    application.setWindowIcon(QIcon(str(icon)))
    return application


def screens(application: Any) -> list[tuple[int, int, int, int]]:
    """(left, top, width, height) of every screen."""
    found = [screen.availableGeometry() for screen in application.screens()]
    return [(one.x(), one.y(), one.width(), one.height()) for one in found]


class QtWindow:
    """One window of pywebview on Qt. All its functions run in the thread of the user interface.

    Args:
        native: pywebview's QMainWindow.
        address: our own; only its page may use the camera, and no other is shown.
    """

    def __init__(self, native: Any, address: str) -> None:
        from qtpy.QtGui import QColor

        self._native = native
        self._host = urlsplit(address).netloc
        page = native.webview.page()
        page.setBackgroundColor(QColor(_DARK if _is_dark() else _LIGHT))  # until the page is there; no white flash
        page.featurePermissionRequested.disconnect()
        page.permissionRequested.connect(self._permit)
        page.navigationRequested.connect(self._go)
        page.printRequested.connect(self._print)
        native.profile.downloadRequested.connect(self._download)

    def place(self, geometry: Geometry) -> None:
        """Puts the window where it was."""
        self._native.resize(geometry.width, geometry.height)
        if geometry.left is not None and geometry.top is not None:
            self._native.move(geometry.left, geometry.top)

    def geometry(self) -> Geometry:
        """Where the window is; when it fills the screen, the size that it goes back to."""
        size, at = self._native.normalGeometry(), self._native.pos()
        if self._native.isMaximized():
            at = size.topLeft()
        return Geometry(size.width(), size.height(), at.x(), at.y(), self._native.isMaximized())

    def end(self) -> None:
        """Takes the window down in the order that Qt wants, after it was closed: first the page, then its profile."""
        from qtpy.QtCore import QCoreApplication, QEvent

        for part in (self._native.webview.page(), self._native, self._native.profile):
            if part is not None:
                part.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def _is_ours(self, url: Any) -> bool:
        return bool(url.scheme() == "http" and url.authority() == self._host)

    def _permit(self, permission: Any) -> None:
        """The camera, for our page. Nothing else."""
        wanted = permission.permissionType()
        if wanted == type(wanted).MediaVideoCapture and self._is_ours(permission.origin()):
            permission.grant()
        else:
            permission.deny()

    def _go(self, request: Any) -> None:
        """Another address opens in the browser, not here."""
        if request.url().scheme() in ("http", "https") and not self._is_ours(request.url()):
            from qtpy.QtGui import QDesktopServices

            request.reject()
            QDesktopServices.openUrl(request.url())

    def _download(self, download: Any) -> None:
        """Asks where to save. The last folder is remembered while the window is open."""
        from qtpy.QtCore import QStandardPaths
        from qtpy.QtWidgets import QFileDialog

        folder = getattr(self, "_saved_in", None) or Path(
            QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        )
        chosen, _ = QFileDialog.getSaveFileName(self._native, "", str(folder / download.downloadFileName()))
        if not chosen:
            download.cancel()
            return
        target = Path(chosen)
        self._saved_in = target.parent
        download.setDownloadDirectory(str(target.parent))
        download.setDownloadFileName(target.name)
        download.accept()

    def _print(self) -> None:
        """Asks for a printer, and prints the page."""
        from qtpy.QtPrintSupport import QPrintDialog, QPrinter

        self._printer = QPrinter(QPrinter.PrinterMode.HighResolution)  # kept until it has printed
        if QPrintDialog(self._printer, self._native).exec():
            self._native.webview.print(self._printer)


def _is_dark() -> bool:
    from qtpy.QtCore import Qt
    from qtpy.QtGui import QGuiApplication

    return bool(QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark)
