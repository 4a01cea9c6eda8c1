"""What can be wrong with what was written once, in three languages."""

from __future__ import annotations

from rules.vocabulary import Text

CHANGED = Text("內容與寫入時不同", "内容与写入时不同", "The content is not what was written")
MISSING = Text("已封存的資料不見了", "已封存的记录不见了", "Sealed and gone")
INSERTED = Text("事後插入已封存的範圍", "事后插入已封存的范围", "Inserted where everything had been sealed")
OTHER_ROWS = Text(
    "這些資料不是當時封存的那些", "这些记录不是当时封存的那些", "These rows are not those that were sealed"
)
SEALED_TWICE = Text("同一筆被兩次封存", "同一笔被两次封存", "Sealed twice")
TWICE = Text("同樣內容出現兩次", "同样内容出现两次", "The same content is there twice")
UNKNOWN = Text(
    "已封存，但這裡沒有認得這個表的模組",
    "已封存，但这里没有认得这个表的模块",
    "Sealed, and no addon here knows the table",
)
NO_SEAL = Text("封存的順序缺號", "封存的顺序缺号", "A seal is missing in the chain")
NOT_A_SEAL = Text("封存內容讀不出來", "封存内容读不出来", "Not the statement of a seal")
OTHER_CHAIN = Text("沒有接在前一個封存之後", "没有接在前一个封存之后", "It does not build on the seal before it")
OTHER_FIGURES = Text("欄位與封存內容不符", "栏位与封存内容不符", "The columns do not repeat what the statement says")
NOT_SIGNED = Text("簽章不符", "签名不符", "The signature does not fit")
OTHER_KEY = Text("用不可信的金鑰簽章", "用不可信的密钥签名", "Signed with a key that is not trusted")
NOT_IN_CHAIN = Text(
    "外部存證的鏈首不在今天的封存鏈裡",
    "外部存证的链首不在今天的封存链里",
    "The head that was kept outside is not part of today's chain",
)
UNREADABLE = Text(
    "資料讀不出來，這項核對做不了",
    "数据读不出来，这项核对做不了",
    "What is there cannot be read, so this was not checked",
)
UNGUARDED = Text(
    "資料庫不再阻止修改這個表",
    "数据库不再阻止修改这个表",
    "The database does not refuse changes of this table any more",
)
