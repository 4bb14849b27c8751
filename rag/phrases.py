"""What Footnote itself says beside the documents, in the languages that it knows."""

NOT_IN_DOCUMENTS = {
    "ar": "لا تذكر المستندات ذلك.",
    "cs": "Dokumenty to neříkají.",
    "da": "Dokumenterne siger det ikke.",
    "de": "Die Dokumente sagen es nicht.",
    "el": "Τα έγγραφα δεν το λένε.",
    "en": "The documents do not say.",
    "es": "Los documentos no lo dicen.",
    "fi": "Asiakirjat eivät kerro sitä.",
    "fr": "Les documents ne le disent pas.",
    "he": "המסמכים אינם אומרים זאת.",
    "hi": "दस्तावेज़ों में यह नहीं बताया गया है।",
    "it": "I documenti non lo dicono.",
    "ja": "文書には書かれていません。",
    "ko": "문서에 나와 있지 않습니다.",
    "nl": "De documenten zeggen het niet.",
    "pl": "Dokumenty tego nie mówią.",
    "pt": "Os documentos não o dizem.",
    "ro": "Documentele nu spun acest lucru.",
    "ru": "В документах об этом не говорится.",
    "sv": "Dokumenten säger det inte.",
    "th": "เอกสารไม่ได้กล่าวไว้",
    "tr": "Belgeler bunu söylemiyor.",
    "uk": "У документах про це не сказано.",
    "vi": "Các tài liệu không nói điều này.",
    "zh": "文档中没有说明。",
}


def not_in_documents(language: str | None) -> str:
    """The refusal, in the language of the question where it is known."""
    return NOT_IN_DOCUMENTS.get(language or "en", NOT_IN_DOCUMENTS["en"])


# Stands above two answers to one question, from documents that do not agree.
DISAGREEMENT = {
    "ar": "لا تتفق المستندات:",
    "cs": "Dokumenty se neshodují:",
    "da": "Dokumenterne er ikke enige:",
    "de": "Die Dokumente sind sich nicht einig:",
    "el": "Τα έγγραφα δεν συμφωνούν:",
    "en": "The documents do not agree:",
    "es": "Los documentos no coinciden:",
    "fi": "Asiakirjat ovat eri mieltä:",
    "fr": "Les documents ne sont pas d'accord\u00a0:",
    "he": "המסמכים אינם מסכימים:",
    "hi": "दस्तावेज़ एक-दूसरे से सहमत नहीं हैं:",
    "it": "I documenti non concordano:",
    "ja": "文書の記述は一致していません：",
    "ko": "문서의 내용이 서로 다릅니다:",
    "nl": "De documenten zijn het niet eens:",
    "pl": "Dokumenty nie są zgodne:",
    "pt": "Os documentos não concordam:",
    "ro": "Documentele nu sunt de acord:",
    "ru": "Документы расходятся:",
    "sv": "Dokumenten är inte överens:",
    "th": "เอกสารไม่ตรงกัน:",
    "tr": "Belgeler birbiriyle uyuşmuyor:",
    "uk": "Документи розходяться:",
    "vi": "Các tài liệu không thống nhất:",
    "zh": "文档说法不一：",
}


def disagreement(language: str | None) -> str:
    """What stands above answers that do not agree, in the language of the question where it is known."""
    return DISAGREEMENT.get(language or "en", DISAGREEMENT["en"])


NO_SOURCE = {
    "ar": "لم يُعثر على مصدر",
    "cs": "zdroj nenalezen",
    "da": "ingen kilde fundet",
    "de": "keine Quelle gefunden",
    "el": "δεν βρέθηκε πηγή",
    "en": "no source found",
    "es": "sin fuente encontrada",
    "fi": "lähdettä ei löytynyt",
    "fr": "aucune source trouvée",
    "he": "לא נמצא מקור",
    "hi": "कोई स्रोत नहीं मिला",
    "it": "nessuna fonte trovata",
    "ja": "出典なし",
    "ko": "출처를 찾지 못함",
    "nl": "geen bron gevonden",
    "pl": "nie znaleziono źródła",
    "pt": "nenhuma fonte encontrada",
    "ro": "nicio sursă găsită",
    "ru": "источник не найден",
    "sv": "ingen källa hittades",
    "th": "ไม่พบแหล่งที่มา",
    "tr": "kaynak bulunamadı",
    "uk": "джерело не знайдено",
    "vi": "không tìm thấy nguồn",
    "zh": "未找到出处",
}


def no_source(language: str | None) -> str:
    """What marks a statement that no source supports, in the language of the question where it is known."""
    return f" ({NO_SOURCE.get(language or 'en', NO_SOURCE['en'])})"
