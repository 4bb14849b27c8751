"""What the page says, in the languages that it speaks."""

import re
from dataclasses import dataclass

LANGUAGES = ("en", "fr", "de", "es")

# In the order of LANGUAGES. What is in braces is filled in; it is escaped where the text becomes HTML.
TEXTS: dict[str, tuple[str, str, str, str]] = {
    # The frame
    "documents": ("Documents", "Documents", "Dokumente", "Documentos"),
    "conversation": ("Conversation", "Conversation", "Gespräch", "Conversación"),
    "sources": ("Sources", "Sources", "Quellen", "Fuentes"),
    "places": ("Parts of the page", "Parties de la page", "Teile der Seite", "Partes de la página"),
    "theme": ("Light or dark", "Clair ou sombre", "Hell oder dunkel", "Claro u oscuro"),
    "model_title": ("The model that answers", "Le modèle qui répond", "Das Modell, das antwortet",
                    "El modelo que responde"),
    "close": ("Close", "Fermer", "Schließen", "Cerrar"),
    "cancel": ("Cancel", "Annuler", "Abbrechen", "Cancelar"),
    "save": ("Save", "Enregistrer", "Speichern", "Guardar"),
    "unforeseen": (
        "Something went wrong that should not have. The details are in the terminal where Footnote runs.",
        "Une erreur imprévue s'est produite. Les détails sont dans le terminal où Footnote tourne.",
        "Etwas ist unerwartet schiefgegangen. Einzelheiten stehen im Terminal, in dem Footnote läuft.",
        "Ocurrió un error imprevisto. Los detalles están en la terminal donde se ejecuta Footnote.",
    ),
    "model_trouble": ("The language model: {error}", "Le modèle de langue : {error}", "Das Sprachmodell: {error}",
                      "El modelo de lenguaje: {error}"),
    "index_trouble": ("The index: {error}", "L'index : {error}", "Der Index: {error}", "El índice: {error}"),
    # Documents
    "add": ("Add documents", "Ajouter des documents", "Dokumente hinzufügen", "Añadir documentos"),
    "add_how": ("Drop files here, or click to choose", "Déposez des fichiers ici, ou cliquez pour choisir",
                "Dateien hierher ziehen oder klicken", "Suelte archivos aquí o haga clic para elegir"),
    "find_document": ("Find a document", "Chercher un document", "Dokument suchen", "Buscar un documento"),
    "no_documents": ("No documents yet. Drop some files above.",
                     "Pas encore de documents. Déposez des fichiers ci-dessus.",
                     "Noch keine Dokumente. Ziehen Sie oben Dateien hinein.",
                     "Aún no hay documentos. Suelte archivos arriba."),
    "ask_all": ("Ask all documents", "Interroger tous les documents", "Alle Dokumente befragen",
                "Preguntar a todos los documentos"),
    "ask_one": ("Ask {title}", "Interroger {title}", "{title} befragen", "Preguntar a {title}"),
    "none_ticked": ("No document is ticked: tick at least one on the left.",
                    "Aucun document n'est coché : cochez-en au moins un à gauche.",
                    "Kein Dokument ist angekreuzt: kreuzen Sie links mindestens eines an.",
                    "Ningún documento está marcado: marque al menos uno a la izquierda."),
    "page": ("page {n}", "page {n}", "Seite {n}", "página {n}"),
    "page_short": ("p. {n}", "p. {n}", "S. {n}", "p. {n}"),
    "pages_one": ("{n} page", "{n} page", "{n} Seite", "{n} página"),
    "pages_many": ("{n} pages", "{n} pages", "{n} Seiten", "{n} páginas"),
    "passages_one": ("{n} passage", "{n} passage", "{n} Abschnitt", "{n} pasaje"),
    "passages_many": ("{n} passages", "{n} passages", "{n} Abschnitte", "{n} pasajes"),
    "state_indexed": ("ready", "prêt", "bereit", "listo"),
    "state_changed": ("changed on disk, sync again", "modifié sur le disque, à relire",
                      "auf der Platte geändert, neu einlesen", "cambió en el disco, sincronice de nuevo"),
    "state_gone": ("file is gone, text is kept", "fichier disparu, texte gardé", "Datei fehlt, Text ist noch da",
                   "el archivo ya no está, el texto se conserva"),
    "language": ("language: {name}", "langue : {name}", "Sprache: {name}", "idioma: {name}"),
    "sync": ("Sync", "Synchroniser", "Abgleichen", "Sincronizar"),
    "sync_title": ("Read the folders again", "Relire les dossiers", "Ordner neu einlesen",
                   "Leer las carpetas otra vez"),
    "remove": ("Remove {title}", "Retirer {title}", "{title} entfernen", "Quitar {title}"),
    "remove_sure": ("Remove from the index?", "Retirer de l'index ?", "Aus dem Index entfernen?",
                    "¿Quitar del índice?"),
    "remove_yes": ("Remove", "Retirer", "Entfernen", "Quitar"),
    "keep": ("Keep", "Garder", "Behalten", "Conservar"),
    "opening": ("Opening the index…", "Ouverture de l'index…", "Der Index wird geöffnet…", "Abriendo el índice…"),
    "progress": ("{done} of {total}", "{done} sur {total}", "{done} von {total}", "{done} de {total}"),
    "added_one": ("{n} added", "{n} ajouté", "{n} hinzugefügt", "{n} añadido"),
    "added_many": ("{n} added", "{n} ajoutés", "{n} hinzugefügt", "{n} añadidos"),
    "replaced_one": ("{n} replaced", "{n} remplacé", "{n} ersetzt", "{n} reemplazado"),
    "replaced_many": ("{n} replaced", "{n} remplacés", "{n} ersetzt", "{n} reemplazados"),
    "moved_one": ("{n} moved", "{n} déplacé", "{n} verschoben", "{n} movido"),
    "moved_many": ("{n} moved", "{n} déplacés", "{n} verschoben", "{n} movidos"),
    "removed_one": ("{n} removed", "{n} retiré", "{n} entfernt", "{n} quitado"),
    "removed_many": ("{n} removed", "{n} retirés", "{n} entfernt", "{n} quitados"),
    "unchanged_one": ("{n} unchanged", "{n} inchangé", "{n} unverändert", "{n} sin cambios"),
    "unchanged_many": ("{n} unchanged", "{n} inchangés", "{n} unverändert", "{n} sin cambios"),
    "skipped_one": ("{n} skipped", "{n} ignoré", "{n} ausgelassen", "{n} omitido"),
    "skipped_many": ("{n} skipped", "{n} ignorés", "{n} ausgelassen", "{n} omitidos"),
    "skipped_files": ("Files that were skipped", "Fichiers ignorés", "Ausgelassene Dateien", "Archivos omitidos"),
    "nothing_to_index": ("nothing to index", "rien à indexer", "nichts zu indizieren", "nada que indexar"),
    # The conversation
    "welcome": ("Ask your documents", "Interrogez vos documents", "Fragen Sie Ihre Dokumente",
                "Pregunte a sus documentos"),
    "welcome_how": ("Every statement carries a footnote to the exact words that support it.",
                    "Chaque affirmation porte une note vers les mots exacts qui l'appuient.",
                    "Jede Aussage hat eine Fußnote zu den genauen Worten, die sie belegen.",
                    "Cada afirmación lleva una nota con las palabras exactas que la respaldan."),
    "examples": ("Examples", "Exemples", "Beispiele", "Ejemplos"),
    "about_term": ("What does “{title}” say about {term}?", "Que dit « {title} » à propos de {term} ?",
                   "Was sagt „{title}“ über {term}?", "¿Qué dice «{title}» sobre {term}?"),
    "about": ("What is “{title}” about?", "De quoi parle « {title} » ?", "Worum geht es in „{title}“?",
              "¿De qué trata «{title}»?"),
    "question": ("Question", "Question", "Frage", "Pregunta"),
    # Short enough for the field on a phone.
    "question_how": ("Ask a question about your documents", "Une question sur vos documents",
                     "Frage zu Ihren Dokumenten", "Pregunte sobre sus documentos"),
    "ask": ("Ask", "Demander", "Fragen", "Preguntar"),
    "stop": ("Stop", "Arrêter", "Anhalten", "Detener"),
    "new": ("New conversation", "Nouvelle conversation", "Neues Gespräch", "Nueva conversación"),
    "queued_next": ("You are next.", "C'est bientôt à vous.", "Sie sind als Nächstes dran.", "Usted es el siguiente."),
    "queued": ("Waiting: {n} before you.", "En attente : {n} avant vous.", "Bitte warten: {n} vor Ihnen.",
               "En espera: {n} antes que usted."),
    "searching": ("Searching", "Recherche", "Suche läuft", "Buscando"),
    "read_as": ("Read as: {question}", "Lu comme : {question}", "Gelesen als: {question}", "Leído como: {question}"),
    "reading": ("Reading {passages}", "Lecture de {passages}", "Liest {passages}", "Leyendo {passages}"),
    "not_kept": ("This conversation was deleted on another page, or could never be kept: what is asked here is lost "
                 "when the page is closed.",
                 "Cette conversation a été supprimée sur une autre page, ou n'a jamais pu être gardée : ce qui est "
                 "demandé ici se perd quand la page est fermée.",
                 "Dieses Gespräch wurde auf einer anderen Seite gelöscht oder konnte nie aufbewahrt werden: was hier "
                 "gefragt wird, ist weg, wenn die Seite geschlossen wird.",
                 "Esta conversación se borró en otra página o nunca se pudo guardar: lo que se pregunte aquí se pierde "
                 "al cerrar la página."),
    "stopped": ("Stopped.", "Arrêté.", "Angehalten.", "Detenido."),
    "quotes_hint": ("The closest sentences, word for word. No language model has judged them.",
                    "Les phrases les plus proches, mot pour mot. Aucun modèle de langue ne les a jugées.",
                    "Die nächsten Sätze, Wort für Wort. Kein Sprachmodell hat sie beurteilt.",
                    "Las frases más cercanas, palabra por palabra. Ningún modelo de lenguaje las ha juzgado."),
    "quotes_instead": ("{error} Quotes from the documents are shown instead.",
                       "{error} Des citations des documents sont montrées à la place.",
                       "{error} Stattdessen werden Zitate aus den Dokumenten gezeigt.",
                       "{error} En su lugar se muestran citas de los documentos."),
    "not_in_documents": ("Not in the documents", "Pas dans les documents", "Nicht in den Dokumenten",
                         "No está en los documentos"),
    "left_out_one": ("{n} statement removed: no source supports it",
                     "{n} affirmation retirée : aucune source ne l'appuie",
                     "{n} Aussage entfernt: keine Quelle belegt sie",
                     "{n} afirmación quitada: ninguna fuente la respalda"),
    "left_out_many": ("{n} statements removed: no source supports them",
                      "{n} affirmations retirées : aucune source ne les appuie",
                      "{n} Aussagen entfernt: keine Quelle belegt sie",
                      "{n} afirmaciones quitadas: ninguna fuente las respalda"),
    "copy": ("Copy", "Copier", "Kopieren", "Copiar"),
    "copied": ("Copied", "Copié", "Kopiert", "Copiado"),
    "copy_failed": ("Can't copy here", "Copie impossible", "Kopieren geht nicht", "No se puede copiar"),
    "retry": ("Retry", "Réessayer", "Wiederholen", "Reintentar"),
    "edit": ("Edit question", "Modifier la question", "Frage ändern", "Editar la pregunta"),
    "ask_again": ("Ask again", "Redemander", "Neu fragen", "Preguntar de nuevo"),
    "good": ("Good answer", "Bonne réponse", "Gute Antwort", "Buena respuesta"),
    "bad": ("Bad answer", "Mauvaise réponse", "Schlechte Antwort", "Mala respuesta"),
    "note": ("What should it have said? (optional)", "Qu'aurait-il fallu dire ? (facultatif)",
             "Was wäre richtig gewesen? (freiwillig)", "¿Qué debería haber dicho? (opcional)"),
    "noted": ("Thank you, kept.", "Merci, c'est gardé.", "Danke, gespeichert.", "Gracias, guardado."),
    # Footnotes and sources
    "footnote": ("Footnote {n}", "Note {n}", "Fußnote {n}", "Nota {n}"),
    "source": ("Source {n}", "Source {n}", "Quelle {n}", "Fuente {n}"),
    "back": ("Back to footnote {n} in the answer", "Retour à la note {n} dans la réponse",
             "Zurück zu Fußnote {n} in der Antwort", "Volver a la nota {n} en la respuesta"),
    "open_source": ("Open the document", "Ouvrir le document", "Dokument öffnen", "Abrir el documento"),
    "checking": ("being checked", "en cours de vérification", "wird geprüft", "en comprobación"),
    "checking_long": ("Checking whether these words say what the answer says…",
                      "Vérification que ces mots disent ce que dit la réponse…",
                      "Es wird geprüft, ob diese Worte sagen, was die Antwort sagt…",
                      "Comprobando si estas palabras dicen lo que dice la respuesta…"),
    "unchecked": ("not checked", "non vérifié", "nicht geprüft", "sin comprobar"),
    "unchecked_long": ("Not checked: the answer was stopped.", "Non vérifié : la réponse a été arrêtée.",
                       "Nicht geprüft: die Antwort wurde angehalten.", "Sin comprobar: la respuesta se detuvo."),
    "weak": ("weak support", "appui faible", "schwacher Beleg", "respaldo débil"),
    "weak_long": ("Weak support: read it before you rely on it.", "Appui faible : lisez avant de vous y fier.",
                  "Schwacher Beleg: lesen Sie selbst nach.", "Respaldo débil: léalo antes de confiar en él."),
    "closest": ("Closest passages", "Passages les plus proches", "Nächste Abschnitte", "Pasajes más cercanos"),
    "closest_how": ("None of these answers the question. They are the nearest the documents have.",
                    "Aucun ne répond à la question. Ce sont les plus proches dans les documents.",
                    "Keiner beantwortet die Frage. Näher kommen die Dokumente nicht.",
                    "Ninguno responde a la pregunta. Son los más cercanos en los documentos."),
    "found": ("Passages found", "Passages trouvés", "Gefundene Abschnitte", "Pasajes encontrados"),
    "found_how": ("The answer is being written from these.", "La réponse s'écrit à partir de ceux-ci.",
                  "Daraus wird die Antwort geschrieben.", "La respuesta se escribe a partir de estos."),
    "no_sources": ("No sources.", "Pas de sources.", "Keine Quellen.", "Sin fuentes."),
    "looking": ("Looking for sources…", "Recherche des sources…", "Quellen werden gesucht…", "Buscando fuentes…"),
    "click_footnote": ("Click a footnote in an answer to read the words behind it.",
                       "Cliquez sur une note dans une réponse pour lire les mots qui l'appuient.",
                       "Klicken Sie in einer Antwort auf eine Fußnote, um die Worte dahinter zu lesen.",
                       "Haga clic en una nota de una respuesta para leer las palabras que la respaldan."),
    "all_sources": ("All sources", "Toutes les sources", "Alle Quellen", "Todas las fuentes"),
    "previous": ("Previous footnote", "Note précédente", "Vorige Fußnote", "Nota anterior"),
    "next": ("Next footnote", "Note suivante", "Nächste Fußnote", "Nota siguiente"),
    "n_of": ("{n} of {total}", "{n} sur {total}", "{n} von {total}", "{n} de {total}"),
    "page_image": ("Page {n} of {title}", "Page {n} de {title}", "Seite {n} von {title}", "Página {n} de {title}"),
    "as_text": ("Text", "Texte", "Text", "Texto"),
    "part_only": ("Only the surroundings of the quote are shown.", "Seuls les environs de la citation sont montrés.",
                  "Gezeigt wird nur die Umgebung des Zitats.", "Solo se muestra el entorno de la cita."),
    "footnote_gone": ("This footnote is not there any more: no source supports it, or its document was removed.",
                      "Cette note n'existe plus : aucune source ne l'appuie, ou son document a été retiré.",
                      "Diese Fußnote gibt es nicht mehr: keine Quelle belegt sie, oder ihr Dokument wurde entfernt.",
                      "Esta nota ya no existe: ninguna fuente la respalda, o se quitó su documento."),
    # Conversations
    "conversations": ("Conversations", "Conversations", "Gespräche", "Conversaciones"),
    "find_conversation": ("Find in conversations", "Chercher dans les conversations", "In Gesprächen suchen",
                          "Buscar en las conversaciones"),
    "no_conversations": ("No conversations yet.", "Pas encore de conversations.", "Noch keine Gespräche.",
                         "Aún no hay conversaciones."),
    "not_found": ("Nothing found.", "Rien trouvé.", "Nichts gefunden.", "No se encontró nada."),
    "questions_one": ("{n} question", "{n} question", "{n} Frage", "{n} pregunta"),
    "questions_many": ("{n} questions", "{n} questions", "{n} Fragen", "{n} preguntas"),
    "more": ("More: {title}", "Plus : {title}", "Mehr: {title}", "Más: {title}"),
    "title": ("Title", "Titre", "Titel", "Título"),
    "rename": ("Rename", "Renommer", "Umbenennen", "Renombrar"),
    "export": ("Export as {format}", "Exporter en {format}", "Als {format} exportieren", "Exportar como {format}"),
    "delete": ("Delete", "Supprimer", "Löschen", "Eliminar"),
    "delete_sure": ("Delete this conversation?", "Supprimer cette conversation ?", "Dieses Gespräch löschen?",
                    "¿Eliminar esta conversación?"),
    "feedback": ("Rated answers as a question file", "Réponses notées, en fichier de questions",
                 "Bewertete Antworten als Fragendatei", "Respuestas valoradas como archivo de preguntas"),
    "no_feedback": ("No answer has been rated yet.", "Aucune réponse n'a encore été notée.",
                    "Noch keine Antwort wurde bewertet.", "Aún no se ha valorado ninguna respuesta."),
    # Settings and the language model
    "settings": ("Settings", "Réglages", "Einstellungen", "Ajustes"),
    "llm": ("Language model", "Modèle de langue", "Sprachmodell", "Modelo de lenguaje"),
    "llm_how": ("quotes, local, or PROVIDER:MODEL. Empty: the server's own, {name}.",
                "quotes, local, ou FOURNISSEUR:MODÈLE. Vide : celui du serveur, {name}.",
                "quotes, local oder ANBIETER:MODELL. Leer: das des Servers, {name}.",
                "quotes, local o PROVEEDOR:MODELO. Vacío: el del servidor, {name}."),
    "test": ("Test", "Tester", "Testen", "Probar"),
    "testing": ("Asking {name}…", "Question posée à {name}…", "{name} wird gefragt…", "Preguntando a {name}…"),
    "test_fine": ("{name} answers, after {seconds} s.", "{name} répond, en {seconds} s.",
                  "{name} antwortet, nach {seconds} s.", "{name} responde, en {seconds} s."),
    "test_quotes": ("quotes needs no model: sentences are quoted word for word.",
                    "quotes ne demande aucun modèle : les phrases sont citées mot pour mot.",
                    "quotes braucht kein Modell: Sätze werden Wort für Wort zitiert.",
                    "quotes no necesita modelo: las frases se citan palabra por palabra."),
    "top_k": ("Passages to read", "Passages à lire", "Abschnitte, die gelesen werden", "Pasajes que se leen"),
    "answer_language": ("Language of answers", "Langue des réponses", "Sprache der Antworten",
                        "Idioma de las respuestas"),
    "of_question": ("That of the question", "Celle de la question", "Die der Frage", "El de la pregunta"),
    "strictness": ("Statements that no source supports", "Affirmations sans source", "Aussagen ohne Beleg",
                   "Afirmaciones sin fuente"),
    "strict": ("leave out", "retirer", "weglassen", "quitar"),
    "lenient": ("show, and mark", "montrer, et marquer", "zeigen und kennzeichnen", "mostrar y marcar"),
    "saved": ("Saved in this browser.", "Enregistré dans ce navigateur.", "In diesem Browser gespeichert.",
              "Guardado en este navegador."),
    "no_path": ("A file of the server can't be chosen here. Give quotes, local or PROVIDER:MODEL.",
                "Un fichier du serveur ne peut pas être choisi ici. Donnez quotes, local ou FOURNISSEUR:MODÈLE.",
                "Eine Datei des Servers geht hier nicht. Geben Sie quotes, local oder ANBIETER:MODELL an.",
                "Aquí no se puede elegir un archivo del servidor. Indique quotes, local o PROVEEDOR:MODELO."),
    "no_llm": ("Answers are quotes until there is a language model.",
               "Les réponses sont des citations tant qu'il n'y a pas de modèle de langue.",
               "Antworten sind Zitate, bis es ein Sprachmodell gibt.",
               "Las respuestas son citas mientras no haya un modelo de lenguaje."),
    "pull": ("Get one ({size})", "En obtenir un ({size})", "Eines holen ({size})", "Obtener uno ({size})"),
    "pulling": ("Getting the model: {done} of {total}", "Téléchargement du modèle : {done} sur {total}",
                "Das Modell wird geholt: {done} von {total}", "Obteniendo el modelo: {done} de {total}"),
    "pulled": ("The model is there: the next question is answered by it.",
               "Le modèle est là : il répondra à la prochaine question.",
               "Das Modell ist da: es beantwortet die nächste Frage.",
               "El modelo está listo: responderá a la próxima pregunta."),
}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """The page's texts in one language: `texts("page", n=3)`."""

    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        text = TEXTS[key][LANGUAGES.index(self.language)]
        return (with_french_spaces(text) if self.language == "fr" else text).format(**values)

    def count(self, key: str, n: int) -> str:
        """The text for one or for several."""
        return self(f"{key}_one" if n == 1 else f"{key}_many", n=n)


ENGLISH = Texts()


def with_french_spaces(text: str) -> str:
    """In French a line does not break before these signs, nor inside the quotation marks."""
    return re.sub(" (?=[:;?!»])|(?<=«) ", "\u00a0", text)


def texts_for(accepted: str) -> Texts:
    """In the language that a browser would rather have, as its Accept-Language header says; else in English."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().lower().partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, tag.partition("-")[0]))
        except ValueError:
            continue
    return Texts(next((language for _, _, language in sorted(wanted) if language in LANGUAGES), "en"))
