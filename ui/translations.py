"""What `index` and `rag` say is wrong, in the page's other languages.

Their errors are English sentences, also where they are kept in the index. Here each is found by its words; what is in
braces stands for the part that differs, which is translated as well if it is a sentence of its own.
"""

import re
from functools import lru_cache

from ui.texts import LANGUAGES, Texts, with_french_spaces

OTHERS = LANGUAGES[1:]
# English: French, German, Spanish. Of two that fit, the first counts.
TRANSLATIONS: dict[str, tuple[str, str, str]] = {
    # Around another sentence
    "{reason}; the earlier one of this name stays": (
        "{reason} ; le précédent de ce nom reste", "{reason}; das frühere dieses Namens bleibt",
        "{reason}; se conserva el anterior con este nombre"),
    "{reason}; what comes after is not read": (
        "{reason} ; la suite n'est pas lue", "{reason}; was danach kommt, wird nicht gelesen",
        "{reason}; lo que sigue no se lee"),
    "{who}; try again when that is done": (
        "{who} ; réessayez quand ce sera fini", "{who}; danach noch einmal versuchen",
        "{who}; vuelva a intentarlo cuando termine"),
    # Why a file gives no text
    "empty file": ("fichier vide", "leere Datei", "archivo vacío"),
    "no text in it": ("aucun texte dedans", "kein Text darin", "no contiene texto"),
    "nothing in it that can be read": ("rien de lisible dedans", "nichts Lesbares darin", "no contiene nada legible"),
    "not a file": ("ce n'est pas un fichier", "keine Datei", "no es un archivo"),
    "unknown type {suffix}": ("type inconnu {suffix}", "unbekannter Typ {suffix}", "tipo desconocido {suffix}"),
    "larger than {size} MiB": ("plus de {size} Mio", "größer als {size} MiB", "más de {size} MiB"),
    "binary, or text in an unknown encoding": (
        "binaire, ou texte dans un encodage inconnu", "binär, oder Text in unbekannter Kodierung",
        "binario, o texto en una codificación desconocida"),
    "encrypted: save it without a password": (
        "chiffré : enregistrez-le sans mot de passe", "verschlüsselt: ohne Passwort speichern",
        "cifrado: guárdelo sin contraseña"),
    "encrypted: protected against copying": (
        "chiffré : protégé contre la copie", "verschlüsselt: kopiergeschützt", "cifrado: protegido contra copia"),
    "no text, needs OCR": (
        "pas de texte, il faut une reconnaissance de caractères (OCR)", "kein Text, braucht Texterkennung (OCR)",
        "sin texto, necesita reconocimiento óptico (OCR)"),
    "no text, needs OCR: install tesseract": (
        "pas de texte, il faut une reconnaissance de caractères (OCR) : installez tesseract",
        "kein Text, braucht Texterkennung (OCR): tesseract installieren",
        "sin texto, necesita reconocimiento óptico (OCR): instale tesseract"),
    "page {n} has no text, needs OCR": (
        "la page {n} n'a pas de texte, il faut une reconnaissance de caractères (OCR)",
        "Seite {n} hat keinen Text, braucht Texterkennung (OCR)",
        "la página {n} no tiene texto, necesita reconocimiento óptico (OCR)"),
    "pages {n} and {more} more have no text, need OCR": (
        "les pages {n} et {more} autres n'ont pas de texte, il faut une reconnaissance de caractères (OCR)",
        "die Seiten {n} und {more} weitere haben keinen Text, brauchen Texterkennung (OCR)",
        "las páginas {n} y {more} más no tienen texto, necesitan reconocimiento óptico (OCR)"),
    "pages {n} have no text, need OCR": (
        "les pages {n} n'ont pas de texte, il faut une reconnaissance de caractères (OCR)",
        "die Seiten {n} haben keinen Text, brauchen Texterkennung (OCR)",
        "las páginas {n} no tienen texto, necesitan reconocimiento óptico (OCR)"),
    "not a PDF, or a damaged one": (
        "pas un PDF, ou endommagé", "kein PDF, oder ein beschädigtes", "no es un PDF, o está dañado"),
    "not a Word document, or a damaged one": (
        "pas un document Word, ou endommagé", "kein Word-Dokument, oder ein beschädigtes",
        "no es un documento de Word, o está dañado"),
    "not a presentation, or a damaged one": (
        "pas une présentation, ou endommagée", "keine Präsentation, oder eine beschädigte",
        "no es una presentación, o está dañada"),
    "not a workbook, or a damaged one": (
        "pas un classeur, ou endommagé", "keine Arbeitsmappe, oder eine beschädigte",
        "no es un libro de cálculo, o está dañado"),
    "not an OpenDocument file, or a damaged one": (
        "pas un fichier OpenDocument, ou endommagé", "keine OpenDocument-Datei, oder eine beschädigte",
        "no es un archivo OpenDocument, o está dañado"),
    "not an EPUB book, or a damaged one": (
        "pas un livre EPUB, ou endommagé", "kein EPUB-Buch, oder ein beschädigtes",
        "no es un libro EPUB, o está dañado"),
    "not a zip archive, or a damaged one": (
        "pas une archive zip, ou endommagée", "kein Zip-Archiv, oder ein beschädigtes",
        "no es un archivo zip, o está dañado"),
    "not a table, or a damaged one": (
        "pas un tableau, ou endommagé", "keine Tabelle, oder eine beschädigte", "no es una tabla, o está dañada"),
    "not {kind}, or a damaged one": (
        "pas ce que dit son nom, ou endommagé ({kind})", "nicht, was der Name sagt, oder beschädigt ({kind})",
        "no es lo que dice su nombre, o está dañado ({kind})"),
    "not RTF, or damaged": ("pas du RTF, ou endommagé", "kein RTF, oder beschädigt", "no es RTF, o está dañado"),
    "in the format of Office before 2007: save it as .docx, .xlsx or .pptx": (
        "au format d'Office d'avant 2007 : enregistrez-le en .docx, .xlsx ou .pptx",
        "im Format von Office vor 2007: als .docx, .xlsx oder .pptx speichern",
        "en el formato de Office anterior a 2007: guárdelo como .docx, .xlsx o .pptx"),
    "questions of footnote eval, which would answer themselves": (
        "questions de footnote eval, qui se répondraient elles-mêmes",
        "Fragen von footnote eval, die sich selbst beantworten würden",
        "preguntas de footnote eval, que se responderían a sí mismas"),
    "nested too deep": ("imbriqué trop profondément", "zu tief verschachtelt", "anidado a demasiada profundidad"),
    "archives and messages in one another, too deep to go on": (
        "archives et messages imbriqués trop profondément", "Archive und Nachrichten zu tief ineinander",
        "archivos y mensajes anidados a demasiada profundidad"),
    "unpacks to more than {size}: the rest is not read": (
        "se décompresse en plus de {size} : le reste n'est pas lu",
        "wird entpackt größer als {size}: der Rest wird nicht gelesen",
        "ocupa más de {size} al descomprimirse: el resto no se lee"),
    "unpacks to more than {size}": (
        "se décompresse en plus de {size}", "wird entpackt größer als {size}",
        "ocupa más de {size} al descomprimirse"),
    "a zip bomb: it unpacks to more than {n} times its size": (
        "une bombe zip : elle se décompresse en plus de {n} fois sa taille",
        "eine Zip-Bombe: entpackt mehr als das {n}-Fache ihrer Größe",
        "una bomba zip: al descomprimirse supera {n} veces su tamaño"),
    "more than {n} files in it: the rest is not read": (
        "plus de {n} fichiers : le reste n'est pas lu", "mehr als {n} Dateien darin: der Rest wird nicht gelesen",
        "contiene más de {n} archivos: el resto no se lee"),
    "damaged in the archive": ("endommagé dans l'archive", "im Archiv beschädigt", "dañado dentro del archivo"),
    "packed in a way that is not known": (
        "compressé d'une façon inconnue", "auf unbekannte Weise gepackt", "comprimido de una forma desconocida"),
    "another member has this name": (
        "un autre fichier de l'archive porte ce nom", "eine andere Datei des Archivs heißt so",
        "otro archivo del comprimido tiene este nombre"),
    "another one of this name was indexed": (
        "un autre de ce nom a été indexé", "ein anderes dieses Namens wurde indiziert",
        "se indexó otro con este nombre"),
    "can't be parsed: it takes too much memory": (
        "impossible à lire : il faut trop de mémoire", "nicht lesbar: braucht zu viel Speicher",
        "no se puede leer: necesita demasiada memoria"),
    "can't be unpacked: it takes too much memory": (
        "impossible à décompresser : il faut trop de mémoire", "nicht zu entpacken: braucht zu viel Speicher",
        "no se puede descomprimir: necesita demasiada memoria"),
    "can't be parsed: damaged, or not what its name says": (
        "impossible à lire : endommagé, ou pas ce que dit son nom",
        "nicht lesbar: beschädigt, oder nicht, was der Name sagt",
        "no se puede leer: dañado, o no es lo que dice su nombre"),
    "its parser crashed": ("sa lecture a planté", "beim Lesen abgestürzt", "falló el programa que lo lee"),
    "its parser could not be started": (
        "sa lecture n'a pas pu démarrer", "das Lesen konnte nicht beginnen", "no se pudo empezar a leer"),
    "a folder of a database, not of documents: {file} is in it": (
        "un dossier de base de données, pas de documents : {file} s'y trouve",
        "ein Ordner einer Datenbank, nicht von Dokumenten: {file} liegt darin",
        "una carpeta de base de datos, no de documentos: contiene {file}"),
    "a link to a folder: give its path to index what is in it": (
        "lien vers un dossier : indexez-le par son chemin", "Verweis auf einen Ordner: unter seinem Pfad indexieren",
        "enlace a una carpeta: indéxela por su ruta"),
    "reading it takes more than {n} seconds: the rest is not read": (
        "la lecture prend plus de {n} secondes : le reste n'est pas lu",
        "das Lesen dauert mehr als {n} Sekunden: der Rest wird nicht gelesen",
        "leerlo lleva más de {n} segundos: el resto no se lee"),
    "parsing it takes more than {n} seconds": (
        "sa lecture prend plus de {n} secondes", "das Lesen dauert länger als {n} Sekunden",
        "leerlo tarda más de {n} segundos"),
    "cannot be read: {reason}": (
        "lecture impossible : {reason}", "kann nicht gelesen werden: {reason}", "no se puede leer: {reason}"),
    "no file can have this name": (
        "aucun fichier ne peut avoir ce nom", "keine Datei kann so heißen", "ningún archivo puede llamarse así"),
    "permission denied": ("accès refusé", "Zugriff verweigert", "acceso denegado"),
    "no such file or directory": ("fichier introuvable", "Datei nicht gefunden", "no existe el archivo"),
    "no such file or folder: {path}": (
        "fichier ou dossier introuvable : {path}", "Datei oder Ordner nicht gefunden: {path}",
        "no existe el archivo o la carpeta: {path}"),
    # Why an address gives none
    "cannot be fetched: {reason}": (
        "téléchargement impossible : {reason}", "kann nicht geholt werden: {reason}", "no se puede bajar: {reason}"),
    "more than {n} redirects": ("plus de {n} redirections", "mehr als {n} Weiterleitungen", "más de {n} redirecciones"),
    "not a valid address": ("adresse non valide", "keine gültige Adresse", "la dirección no es válida"),
    "only addresses with http and https are": (
        "seules les adresses en http et https le sont", "nur Adressen mit http und https werden es",
        "solo se descargan direcciones http y https"),
    "the server can't be reached, or breaks off": (
        "le serveur est injoignable, ou s'interrompt", "der Server ist nicht zu erreichen oder bricht ab",
        "no se puede acceder al servidor, o se interrumpe"),
    "the server does not answer": (
        "le serveur ne répond pas", "der Server antwortet nicht", "el servidor no responde"),
    "takes longer than a minute": (
        "cela prend plus d'une minute", "dauert länger als eine Minute", "tarda más de un minuto"),
    "the server answers with status {n}": (
        "le serveur répond avec le code {n}", "der Server antwortet mit Status {n}",
        "el servidor responde con el código {n}"),
    "the server packs what it sends": (
        "le serveur compresse ce qu'il envoie", "der Server packt, was er schickt",
        "el servidor comprime lo que envía"),
    "there is no such server": ("il n'y a pas de tel serveur", "diesen Server gibt es nicht", "no existe ese servidor"),
    "the address is one of this machine or of its network; --allow-private permits it": (
        "l'adresse est celle de cette machine ou de son réseau ; --allow-private le permet",
        "die Adresse gehört zu diesem Rechner oder seinem Netz; --allow-private erlaubt es",
        "la dirección es de este equipo o de su red; --allow-private lo permite"),
    # The index
    "index {name} can't be opened: {detail}": (
        "l'index {name} ne peut pas être ouvert : {detail}", "der Index {name} kann nicht geöffnet werden: {detail}",
        "no se puede abrir el índice {name}: {detail}"),
    "index {name} can't be written: the disk is full; free some space and do it again": (
        "l'index {name} ne peut pas être écrit : le disque est plein ; libérez de la place et recommencez",
        "der Index {name} kann nicht geschrieben werden: die Platte ist voll; Platz schaffen und wiederholen",
        "no se puede escribir el índice {name}: el disco está lleno; libere espacio y repítalo"),
    "index {name} can't be written: {detail}": (
        "l'index {name} ne peut pas être écrit : {detail}", "der Index {name} kann nicht geschrieben werden: {detail}",
        "no se puede escribir el índice {name}: {detail}"),
    "index {name} is busy: another process has not finished with it; do it again later": (
        "l'index {name} est occupé : un autre processus n'en a pas fini ; recommencez plus tard",
        "der Index {name} ist belegt: ein anderer Prozess ist noch nicht fertig; später wiederholen",
        "el índice {name} está ocupado: otro proceso no ha terminado; repítalo más tarde"),
    "index {name} does not answer: {detail}": (
        "l'index {name} ne répond pas : {detail}", "der Index {name} antwortet nicht: {detail}",
        "el índice {name} no responde: {detail}"),
    "index {name} was taken over by another process; do it again": (
        "l'index {name} a été repris par un autre processus ; recommencez",
        "ein anderer Prozess hat den Index {name} übernommen; bitte wiederholen",
        "otro proceso tomó el índice {name}; repítalo"),
    "index {name} is damaged; {detail}": (
        "l'index {name} est endommagé ; {detail}", "der Index {name} ist beschädigt; {detail}",
        "el índice {name} está dañado; {detail}"),
    "mend it with: {command}": (
        "réparez-le avec : {command}", "reparieren mit: {command}", "repárelo con: {command}"),
    "give the paths to make it anew from": (
        "donnez les chemins à partir desquels le refaire", "die Pfade angeben, aus denen er neu entsteht",
        "indique las rutas para rehacerlo"),
    "index {name} is empty; fill it with: {command}": (
        "l'index {name} est vide ; remplissez-le avec : {command}",
        "der Index {name} ist leer; füllen mit: {command}",
        "el índice {name} está vacío; llénelo con: {command}"),
    "index {name} was made with the embedding model {one}, not with {other}; use that model, {detail}": (
        "l'index {name} a été fait avec le modèle de plongement {one}, pas {other} ; utilisez ce modèle ({detail})",
        "der Index {name} wurde mit dem Embedding-Modell {one} gemacht, nicht mit {other}; dieses benutzen ({detail})",
        "el índice {name} se hizo con el modelo de incrustación {one}, no con {other}; use ese modelo ({detail})"),
    "process {pid} on {host} is writing to it since {since}": (
        "le processus {pid} sur {host} écrit dans l'index depuis {since}",
        "Prozess {pid} auf {host} schreibt seit {since} in den Index",
        "el proceso {pid} en {host} escribe en el índice desde {since}"),
    "it is written to": ("on écrit dans l'index", "es wird in den Index geschrieben", "se escribe en el índice"),
    "the words of index {name} can't be searched: {detail}": (
        "les mots de l'index {name} ne peuvent pas être cherchés : {detail}",
        "die Wörter des Index {name} können nicht durchsucht werden: {detail}",
        "no se pueden buscar las palabras del índice {name}: {detail}"),
    "the index holds no document {name}": (
        "l'index n'a pas de document {name}", "der Index hat kein Dokument {name}",
        "el índice no tiene ningún documento {name}"),
    "nothing in the index came from {path}; see: {command}": (
        "rien dans l'index ne vient de {path} ; voyez : {command}",
        "nichts im Index stammt aus {path}; siehe: {command}",
        "nada en el índice procede de {path}; vea: {command}"),
    "embedding model {name} can't be loaded: {detail}": (
        "le modèle de plongement {name} ne peut pas être chargé : {detail}",
        "das Embedding-Modell {name} kann nicht geladen werden: {detail}",
        "no se puede cargar el modelo de incrustación {name}: {detail}"),
    "conversations can't be kept in {path}: {detail}": (
        "les conversations ne peuvent pas être gardées dans {path} : {detail}",
        "die Gespräche können in {path} nicht aufbewahrt werden: {detail}",
        "no se pueden guardar las conversaciones en {path}: {detail}"),
    # The question
    "the question is empty": ("la question est vide", "die Frage ist leer", "la pregunta está vacía"),
    "the question has {n} characters; {most} is the most": (
        "la question a {n} caractères ; {most} est le maximum", "die Frage hat {n} Zeichen; höchstens {most} gehen",
        "la pregunta tiene {n} caracteres; el máximo es {most}"),
    # The language model
    "{spec} is no language model; give {forms}": (
        "{spec} n'est pas un modèle de langue ; donnez {forms}", "{spec} ist kein Sprachmodell; möglich: {forms}",
        "{spec} no es un modelo de lenguaje; indique {forms}"),
    "{name} is no provider of language models; give {forms}": (
        "{name} n'est pas un fournisseur de modèles de langue ; donnez {forms}",
        "{name} ist kein Anbieter von Sprachmodellen; möglich: {forms}",
        "{name} no es un proveedor de modelos de lenguaje; indique {forms}"),
    "{spec} does not go with a server's address; give openai:NAME or NAME": (
        "{spec} ne va pas avec l'adresse d'un serveur ; donnez openai:NOM ou NOM",
        "{spec} passt nicht zur Adresse eines Servers; möglich: openai:NAME oder NAME",
        "{spec} no corresponde a la dirección de un servidor; indique openai:NOMBRE o NOMBRE"),
    "the address of the language model's server is malformed; it looks like {form}": (
        "l'adresse du serveur du modèle de langue est mal formée ; elle s'écrit {form}",
        "die Adresse des Servers des Sprachmodells ist falsch geschrieben; sie sieht so aus: {form}",
        "la dirección del servidor del modelo está mal escrita; tiene la forma {form}"),
    "no key for {name}: set {variables}": ("pas de clé pour {name} : définissez {variables}",
        "kein Schlüssel für {name}: {variables} setzen", "falta la clave de {name}: defina {variables}"),
    "the package {name} is missing: {command}": ("le paquet {name} manque : {command}",
        "das Paket {name} fehlt: {command}", "falta el paquete {name}: {command}"),
    "llama.cpp can't be loaded: {detail}": ("llama.cpp ne peut pas être chargé : {detail}",
        "llama.cpp kann nicht geladen werden: {detail}", "no se puede cargar llama.cpp: {detail}"),
    "can't set up {name}: {detail}": ("{name} ne peut pas être préparé : {detail}",
        "{name} kann nicht eingerichtet werden: {detail}", "no se puede preparar {name}: {detail}"),
    "{name} did not answer in time; FOOTNOTE_LLM_TIMEOUT sets how many seconds to wait": (
        "{name} n'a pas répondu à temps ; FOOTNOTE_LLM_TIMEOUT fixe l'attente en secondes",
        "{name} hat nicht rechtzeitig geantwortet; FOOTNOTE_LLM_TIMEOUT setzt die Wartezeit in Sekunden",
        "{name} no respondió a tiempo; FOOTNOTE_LLM_TIMEOUT fija los segundos de espera"),
    "{where} refused the key for {name} ({status}): check {variables}": (
        "{where} a refusé la clé pour {name} ({status}) : vérifiez {variables}",
        "{where} lehnt den Schlüssel für {name} ab ({status}): {variables} prüfen",
        "{where} rechazó la clave de {name} ({status}): compruebe {variables}"),
    "{where} does not know {name} (404): check the model's name, and the address if you gave one": (
        "{where} ne connaît pas {name} (404) : vérifiez le nom du modèle, et l'adresse si vous en avez donné une",
        "{where} kennt {name} nicht (404): den Namen des Modells prüfen, und die Adresse, falls angegeben",
        "{where} no conoce {name} (404): compruebe el nombre del modelo y, si la indicó, la dirección"),
    "the question with its passages is too long for {name}: {detail}": (
        "la question avec ses passages est trop longue pour {name} : {detail}",
        "die Frage mit ihren Abschnitten ist zu lang für {name}: {detail}",
        "la pregunta con sus pasajes es demasiado larga para {name}: {detail}"),
    "{name}: too many requests, or no credit left (429); try again later: {detail}": (
        "{name} : trop de requêtes, ou plus de crédit (429) ; réessayez plus tard : {detail}",
        "{name}: zu viele Anfragen, oder kein Guthaben mehr (429); später noch einmal versuchen: {detail}",
        "{name}: demasiadas peticiones, o sin crédito (429); inténtelo más tarde: {detail}"),
    "{where} refused the request for {name} ({status}): {detail}": (
        "{where} a refusé la requête pour {name} ({status}) : {detail}",
        "{where} lehnt die Anfrage für {name} ab ({status}): {detail}",
        "{where} rechazó la petición para {name} ({status}): {detail}"),
    "{where} failed for {name} ({status}): {detail}": (
        "{where} a échoué pour {name} ({status}) : {detail}", "{where} ist bei {name} gescheitert ({status}): {detail}",
        "{where} falló con {name} ({status}): {detail}"),
    "can't reach {where} for {name}: is the server running, and its address right?": (
        "{where} est injoignable pour {name} : le serveur tourne-t-il, et son adresse est-elle juste ?",
        "{where} ist für {name} nicht zu erreichen: läuft der Server, und stimmt seine Adresse?",
        "no se puede acceder a {where} para {name}: ¿funciona el servidor y es correcta su dirección?"),
    "{where} closed the connection before {name} answered": (
        "{where} a fermé la connexion avant que {name} ait répondu",
        "{where} hat die Verbindung geschlossen, bevor {name} geantwortet hat",
        "{where} cerró la conexión antes de que {name} respondiera"),
    "its server": ("son serveur", "der Server", "su servidor"),
    "{name} broke off in the middle of the answer; try again": (
        "{name} s'est interrompu au milieu de la réponse ; réessayez",
        "{name} hat mitten in der Antwort abgebrochen; noch einmal versuchen",
        "{name} se interrumpió a mitad de la respuesta; inténtelo de nuevo"),
    "{name} broke off in the middle of the answer: {detail}": (
        "{name} s'est interrompu au milieu de la réponse : {detail}",
        "{name} hat mitten in der Antwort abgebrochen: {detail}",
        "{name} se interrumpió a mitad de la respuesta: {detail}"),
    "{name} did not finish the answer: its provider's content filter stopped it": (
        "{name} n'a pas fini la réponse : le filtre de contenu de son fournisseur l'a arrêtée",
        "{name} hat die Antwort nicht beendet: der Inhaltsfilter des Anbieters hat sie angehalten",
        "{name} no terminó la respuesta: la detuvo el filtro de contenido de su proveedor"),
    "{name} gave an empty answer; if you gave an address, does it end in /v1?": (
        "{name} a donné une réponse vide ; si vous avez donné une adresse, finit-elle par /v1 ?",
        "{name} hat eine leere Antwort gegeben; falls eine Adresse angegeben ist: endet sie auf /v1?",
        "{name} dio una respuesta vacía; si indicó una dirección, ¿termina en /v1?"),
    "{name} gave an empty answer": (
        "{name} a donné une réponse vide", "{name} hat eine leere Antwort gegeben", "{name} dio una respuesta vacía"),
    "{name} gives no log-probabilities": (
        "{name} ne donne pas de probabilités", "{name} gibt keine Wahrscheinlichkeiten", "{name} no da probabilidades"),
    "{name} sent something that is no answer: {detail}": (
        "{name} a envoyé autre chose qu'une réponse : {detail}",
        "{name} hat etwas geschickt, das keine Antwort ist: {detail}",
        "{name} envió algo que no es una respuesta: {detail}"),
    # The model on this machine
    "local model {name} is not on disk; get it with: {command}": (
        "le modèle local {name} n'est pas sur le disque ; obtenez-le avec : {command}",
        "das lokale Modell {name} ist nicht auf der Platte; holen mit: {command}",
        "el modelo local {name} no está en el disco; obténgalo con: {command}"),
    "no local model is called {name}; known: {known}, or a path to a .gguf file": (
        "aucun modèle local ne s'appelle {name} ; connus : {known}, ou le chemin d'un fichier .gguf",
        "kein lokales Modell heißt {name}; bekannt: {known}, oder der Pfad einer .gguf-Datei",
        "ningún modelo local se llama {name}; conocidos: {known}, o la ruta de un archivo .gguf"),
    "there is no file {path}; give a .gguf file, or one of: {known}": (
        "il n'y a pas de fichier {path} ; donnez un fichier .gguf, ou l'un de : {known}",
        "es gibt keine Datei {path}; möglich: eine .gguf-Datei oder eines von: {known}",
        "no existe el archivo {path}; indique un archivo .gguf o uno de: {known}"),
    "can't read the local model {path}: {detail}": (
        "le modèle local {path} ne peut pas être lu : {detail}",
        "das lokale Modell {path} kann nicht gelesen werden: {detail}",
        "no se puede leer el modelo local {path}: {detail}"),
    "{path} is not a GGUF file": (
        "{path} n'est pas un fichier GGUF", "{path} ist keine GGUF-Datei", "{path} no es un archivo GGUF"),
    "llama.cpp can't load {path}: damaged, of a kind it does not know, or too large for the memory": (
        "llama.cpp ne peut pas charger {path} : endommagé, d'un genre inconnu, ou trop grand pour la mémoire",
        "llama.cpp kann {path} nicht laden: beschädigt, von unbekannter Art, oder zu groß für den Speicher",
        "llama.cpp no puede cargar {path}: dañado, de un tipo desconocido, o demasiado grande para la memoria"),
    "can't download local model {name}: {detail}": (
        "le modèle local {name} ne peut pas être téléchargé : {detail}",
        "das lokale Modell {name} kann nicht geholt werden: {detail}",
        "no se puede descargar el modelo local {name}: {detail}"),
    "can't keep local model {name} in {path}: {detail}": (
        "le modèle local {name} ne peut pas être gardé dans {path} : {detail}",
        "das lokale Modell {name} kann nicht in {path} abgelegt werden: {detail}",
        "no se puede guardar el modelo local {name} en {path}: {detail}"),
    "not enough space for local model {name} in {path}: it needs {need}, {free} are free": (
        "pas assez de place pour le modèle local {name} dans {path} : il faut {need}, {free} sont libres",
        "zu wenig Platz für das lokale Modell {name} in {path}: es braucht {need}, {free} sind frei",
        "no hay espacio para el modelo local {name} en {path}: necesita {need}, hay {free} libres"),
    "local model {name}: {detail}; it was removed, try again": (
        "modèle local {name} : {detail} ; il a été effacé, réessayez",
        "lokales Modell {name}: {detail}; es wurde gelöscht, noch einmal versuchen",
        "modelo local {name}: {detail}; se borró, inténtelo de nuevo"),
    "the checksum of the download is wrong": (
        "la somme de contrôle du téléchargement est fausse", "die Prüfsumme des Downloads stimmt nicht",
        "la suma de comprobación de la descarga no coincide"),
    "{name} failed: {detail}": (
        "{name} a échoué : {detail}", "{name} ist gescheitert: {detail}", "{name} falló: {detail}"),
}  # fmt: skip


def translated(message: str, texts: Texts) -> str:
    """An English message of `index` or `rag` in the page's language; as it is where there is no translation of it."""
    if texts.language == "en":
        return message
    for pattern, translations in _patterns():
        if found := pattern.fullmatch(message):
            parts = {name: translated(part, texts) for name, part in found.groupdict().items()}
            return translations[OTHERS.index(texts.language)].format(**parts)
    return message


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], tuple[str, str, str]]]:
    return [
        (
            re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(english)), re.DOTALL),
            (with_french_spaces(french), german, spanish),
        )
        for english, (french, german, spanish) in TRANSLATIONS.items()
    ]
