"""How an import can be refused as a whole."""

from shared.errors import Conflict, InvalidInput, NotFound, Text, Unavailable


class ImportNotFound(NotFound):
    """There is no such import, or it is another office's."""

    title = Text("没有这次导入", "There is no such import")
    remedy = Text("请检查导入编号,并确认其属于本单位。", "Check the id, and that it is your office's.")


class TemplateNotFound(NotFound):
    """There is no form of this kind."""

    title = Text("没有这种填报表", "There is no such form")
    remedy = Text("请对照接口文档检查 kind。", "Check the kind against the API document.")


class FileEmpty(InvalidInput):
    """The file holds nothing."""

    title = Text("文件为空", "The file is empty")
    remedy = Text("请选择填好的表格重新上传。", "Choose the filled-in form and upload it again.")


class FileRefused(InvalidInput):
    """The file as a whole cannot be read as the form; its findings say why."""

    title = Text("文件未通过,没有导入任何行", "The file was refused; no row was imported")
    remedy = Text(
        "请查看导入记录中的文件提示,改正后重新上传。",
        "Read the findings of the import, correct the file, and upload it again.",
    )


class ImportStillRunning(Conflict):
    """The report of an import is asked for before the import is done."""

    title = Text("导入尚未完成", "The import is still running")
    remedy = Text(
        "请查询 operations/{operation_id},done 为 true 后再下载报告。",
        "Poll operations/{operation_id}, and download the report once `done` is true.",
    )


class ImportGivenUp(Unavailable):
    """The import failed at every attempt; it is told in the operation."""

    title = Text("导入多次尝试均未完成", "The import failed at every attempt")
    remedy = Text(
        "已导入的行保留;请联系运维人员查明原因后重新上传同一文件,已导入的行不会重复。",
        "The rows imported so far stay. Have the operators find the cause, then upload the same file again; "
        "no row is imported twice.",
    )
