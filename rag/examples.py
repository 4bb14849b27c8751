"""What a small model is shown before it is asked: a few questions with the replies that are wanted.

The names in them are made up, so that none of them is an answer to anything. Replies that are compared in the code
are named here.
"""

# When the sources do not answer.
NONE = "NONE"
BECAUSE = "because"
LIST, SINGLE, CHECK = "list", "single", "check"
YES, NO = "Yes", "No"

# Earlier question, its answer, last question, that question restated.
RESTATE_EXAMPLES = (
    (
        "Which cities did Dr. Okafor work in?",
        "Dr. Okafor worked in Lyon and in Geneva.",
        "And what did she study there?",
        "What did Dr. Okafor study in Lyon and Geneva?",
    ),
    (
        "Wer ist der Bürgermeister von Porto?",
        "Die Dokumente sagen es nicht.",
        "Wie hoch ist der Turm von Wenau?",
        "Wie hoch ist der Turm von Wenau?",
    ),
    (
        "¿Por qué cerró la fábrica de Leeds?",
        "La fábrica de Leeds cerró porque los pedidos habían caído a la mitad.",
        "¿Y cuándo?",
        "¿Cuándo cerró la fábrica de Leeds?",
    ),
    ("Qui a dessiné le pont ?", "Ruiz a dessiné le pont.", "Et quel âge a-t-il ?", "Quel âge a Ruiz ?"),
    (
        "Was ist die Wenau-Brücke?",
        "Die Wenau-Brücke ist ein Plan der Stadt Porto.",
        "Welcher Minister hat sie vorgestellt?",
        "Welcher Minister hat die Wenau-Brücke vorgestellt?",
    ),
    (
        "What does the port advise fishermen?",
        "The port advises fishermen to stay at home.",
        "How many people live in Lyon?",
        "How many people live in Lyon?",
    ),
)

# Question, language, that question in it.
TRANSLATE_EXAMPLES = (
    ("Wie viele Menschen leben in Lissabon?", "Spanish", "¿Cuántas personas viven en Lisboa?"),
    ("Who wrote the report on the flood of 1953?", "German", "Wer schrieb den Bericht über die Flut von 1953?"),
)

# Question, kind.
KIND_EXAMPLES = (
    ("Which cities did Dr. Okafor work in?", LIST),
    ("¿Por qué cerró la fábrica?", SINGLE),
    ("Did Ruiz go to Lima?", CHECK),
    ("Wie hoch ist der Turm?", SINGLE),
    ("What did the port advise fishermen, and why?", LIST),
    ("Darf man den Turm besteigen?", CHECK),
    ("Who is the mayor of Porto?", SINGLE),
    ("Wohin reiste Ruiz?", LIST),
    ("En quelle année le pont a-t-il été construit ?", SINGLE),
    ("Le pont est-il ouvert aux camions ?", CHECK),
    ("Quels fruits l'usine vend-elle ?", LIST),
    ("¿Con quién habló Ruiz en Lima?", LIST),
    ("Welches Land hat die meisten Brücken?", SINGLE),
    ("¿Hay osos en Wenau?", CHECK),
    ("How many people live in Wenau?", SINGLE),
    ("Wie heißt der Plan und wann wurde er vorgestellt?", LIST),
)

# Question, its parts.
SPLIT_EXAMPLES = (
    (
        "What did the port advise fishermen, and why?",
        "What did the port advise fishermen?\nWhy did the port advise fishermen that?",
    ),
    ("Which cities did Dr. Okafor work in?", "Which cities did Dr. Okafor work in?"),
    (
        "Wie heißt der Plan für die Brücke und wann wurde er vorgestellt?",
        "Wie heißt der Plan für die Brücke?\nWann wurde der Plan für die Brücke vorgestellt?",
    ),
    ("¿Con quién y de qué habló Ruiz en Lima?", "¿Con quién habló Ruiz en Lima?\n¿De qué habló Ruiz en Lima?"),
    (
        "Quels fruits l'usine vend-elle en France et en Espagne ?",
        "Quels fruits l'usine vend-elle en France et en Espagne ?",
    ),
    ("Who are the owners of the mill?", "Who are the owners of the mill?"),
    ("Combien coûte le pont, et qui le paie ?", "Combien coûte le pont ?\nQui paie le pont ?"),
)

# Question, language, sources, sentence.
SAY_EXAMPLES = (
    (
        "Which city did Dr. Okafor move to?",
        "English",
        (
            "La docteure Okafor a exercé à Lyon.",
            "Lyon compte deux millions d'habitants.",
            "Elle s'est ensuite installée à Genève.",
        ),
        "Dr. Okafor moved to Geneva.",
    ),
    (
        "¿Por qué cerró la fábrica?",
        "Spanish",
        (
            "La fábrica de Leeds abrió en 1960 y empleaba a 300 personas.",
            "Cerró en 1984 porque los pedidos del extranjero habían caído a la mitad, según el alcalde.",
        ),
        "La fábrica cerró porque los pedidos del extranjero habían caído a la mitad.",
    ),
    (
        "Who is the mayor of Porto?",
        "English",
        ("The mayor of Braga, Ana Reis, welcomed a delegation from Porto in 2019.",),
        NONE,
    ),
    (
        "Wie hoch ist der Turm?",
        "German",
        (
            "Der 1911 vollendete Turm von Wenau ist 48,5 Meter hoch und hat acht Glocken.",
            "Der Turm von Wenau wurde 1950 erneuert.",
        ),
        "Der Turm ist 48,5 Meter hoch.",
    ),
    (
        "What did the port advise fishermen?",
        "English",
        ("Le port a conseillé aux pêcheurs de rester chez eux.", "Il craignait 3 milliards d'euros de dégâts."),
        "The port advised fishermen to stay at home.",
    ),
    (
        "Dans quelle ville Okafor a-t-elle étudié ?",
        "French",
        ("Okafor studied in The Hague and worked in Cairo.",),
        "Okafor a étudié à La Haye.",
    ),
)

# Question, language, sources, items.
READ_EXAMPLES = (
    (
        "Which cities did Dr. Okafor work in?",
        "English",
        (
            "La docteure Okafor a exercé à Lyon.",
            "Lyon compte deux millions d'habitants.",
            "Elle a ensuite dirigé un hôpital à Genève.",
        ),
        "Lyon; Geneva",
    ),
    (
        "¿Por qué cerró la fábrica?",
        "Spanish",
        ("The plant in Leeds opened in 1960.", "It shut down because orders from abroad had fallen by half."),
        "porque los pedidos del extranjero habían caído a la mitad",
    ),
    (
        "Who is the mayor of Porto?",
        "English",
        ("The mayor of Braga, Ana Reis, welcomed a delegation from Porto in 2019.",),
        NONE,
    ),
    (
        "Wohin reiste Ruiz?",
        "German",
        ("Ruiz arrivait en Égypte pour deux jours.", "Avant, il s'est rendu en Norvège et en Corée du Nord."),
        "Ägypten; Norwegen; Nordkorea",
    ),
    (
        "What did the port advise fishermen, and why?",
        "English",
        (
            "Le port a conseillé aux pêcheurs de rester chez eux.",
            "Il craignait 3 milliards d'euros de dégâts.",
            "Ruiz pêche depuis 1990.",
        ),
        "to stay at home; because it feared 3 billion euros of damage",
    ),
    (
        "Quelles villes Okafor connaît-elle ?",
        "French",
        ("Okafor has lived in The Hague and in Cairo.",),
        "La Haye; Le Caire",
    ),
)

# Question, items, language, sentences.
STATE_EXAMPLES = (
    (
        "Which cities did Dr. Okafor work in?",
        "Lyon; Genève",
        "English",
        "Dr. Okafor worked in Lyon.\nDr. Okafor worked in Geneva.",
    ),
    (
        "Welche Länder beliefert die Firma?",
        "Norvège; South Africa",
        "German",
        "Die Firma beliefert Norwegen.\nDie Firma beliefert Südafrika.",
    ),
    (
        "¿Cómo se llama el plan para el puente y cuándo se presentó?",
        "Bridge for All; en 1984",
        "Spanish",
        "El plan para el puente se llama Bridge for All.\nEl plan para el puente se presentó en 1984.",
    ),
    (
        "Quels pays Ruiz a-t-il traversés ?",
        "Danemark; Suède; Islande",
        "French",
        "Ruiz a traversé le Danemark.\nRuiz a traversé la Suède.\nRuiz a traversé l'Islande.",
    ),
    (
        "How much is to be spent on the bridge, and who drew it?",
        "3 million euros; the engineer Ruiz",
        "English",
        "3 million euros are to be spent on the bridge.\nThe engineer Ruiz drew the bridge.",
    ),
)

# Question, sources, the words of them that say why, after BECAUSE.
REASON_EXAMPLES = (
    (
        "¿Por qué cerró la fábrica?",
        ("The plant in Leeds opened in 1960.", "It shut down in 1984, when orders from abroad had fallen by half."),
        f"{BECAUSE} orders from abroad had fallen by half",
    ),
    ("Why did the plant in Leeds close?", ("La fábrica de Leeds cerró en 1984 y empleaba a 300 personas.",), NONE),
    (
        "Warum ging Ruiz nach Lima?",
        ("Ruiz se fue a Lima para ver a su madre.", "Volvió en mayo."),
        f"{BECAUSE} para ver a su madre",
    ),
    (
        "Warum ist der Turm gesperrt?",
        ("Der Turm von Wenau ist seit Mai für Besucher gesperrt, teilte die Stadt mit.", "Er ist 48 Meter hoch."),
        NONE,
    ),
    (
        "Why did the fishermen stay in port?",
        ("Nach dem Sturm mussten die Fischer zwei Tage im Hafen bleiben.",),
        f"{BECAUSE} Nach dem Sturm",
    ),
    (
        "Pourquoi Okafor travaille-t-elle le dimanche ?",
        ("Okafor a choisi trois couleurs et travaille le dimanche avec deux élèves.", "Elle vit à Lyon."),
        NONE,
    ),
    (
        "Pourquoi le pain vient-il de Braga ?",
        ("Bread comes from Braga.", "The mill had burnt down in May."),
        f"{BECAUSE} The mill had burnt down",
    ),
)

# Source, claim, verdict.
JUDGE_EXAMPLES = (
    ("The mayor of Braga, Ana Reis, welcomed a delegation from Porto.", "Ana Reis is the mayor of Porto.", NO),
    ("La docteure Okafor a exercé à Lyon puis à Genève.", "Dr. Okafor worked in Geneva.", YES),
    ("Selon Ruiz, le Pérou est un marché d'avenir.", "Ruiz visited Peru.", NO),
    ("Lyon compte deux millions d'habitants.", "Lyon hat zwei Millionen Einwohner.", YES),
    ("La docteure Okafor a visité Lyon, a rappelé Ruiz.", "Ruiz visited Lyon.", NO),
    ("The plant shut down in 1984, and the mill in 1990.", "La fábrica cerró en 1984.", YES),
)
