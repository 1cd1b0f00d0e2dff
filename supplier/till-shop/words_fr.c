/*
 * words_fr.c - French; U+00A0 and U+202F where its rules want a space that
 * no line ends at.
 */
#include "words.h"

#define NBSP "\302\240"
#define THIN "\342\200\257"

const struct language language_fr = {
	.tag = "fr",
	.name = "Français",
	.point = ",",
	.group = THIN,
	.months = { "janvier", "février", "mars", "avril", "mai", "juin",
	    "juillet", "août", "septembre", "octobre", "novembre",
	    "décembre" },
	.words = {
	    [W_NONE] = "",
	    [W_ADDRESS] = "Adresse",
	    [W_ASK_CUSTOMER] = ("Êtes-vous client" THIN "?"),
	    [W_BACK_ORDER] = "Retour à la commande",
	    [W_BACK_SHOP] = "Retour à la boutique",
	    [W_BASKET] = "Panier",
	    [W_BASKET_COUNT] = "Panier ({})",
	    [W_BASKET_EMPTY] = "Il est vide.",
	    [W_BASKET_TITLE] = "Votre panier",
	    [W_BRING] = "Merci d’apporter cette page.",
	    [W_BUY] = "Acheter",
	    [W_BUY_BASKET] = "Acheter le panier",
	    [W_BUY_WHAT] = "Acheter {}",
	    [W_CHOOSE] = ("Où avez-vous votre compte" THIN "?"),
	    [W_CHOOSE_FIRST] = "Choisissez d’abord où vous avez votre compte.",
	    [W_COLLECTION] = "Bon de retrait",
	    [W_CONTINUE] = "Continuer",
	    [W_CUSTOMER_BAD] = ("Un numéro de client a au plus 32 minuscules, "
				"chiffres et traits d’union."),
	    [W_CUSTOMER_NUMBER] = "Numéro de client",
	    [W_CUSTOMER_YOU] = ("Vous êtes {}" THIN "; votre remise est de {2}."),
	    [W_DOWN] = ("{} ne répond pas en ce moment. Vous n’avez pas été "
			"débité. Réessayez dans un instant."),
	    [W_DOWN_ELSEWHERE] = ("Si vous avez aussi un compte ailleurs, vous "
				  "pouvez y payer."),
	    [W_DOWN_TITLE] = "Le serveur de paiement ne répond pas",
	    [W_DOWN_UNKNOWN] = ("{} ne répond pas. Tant qu’il ne répond pas, on "
				"ne sait pas si cette commande est payée" THIN
				"; ne la payez pas ailleurs."),
	    [W_FILE_MISSING] = ("Le fichier manque dans la boutique. Vous avez "
				"payé" THIN "; adressez-vous à la boutique."),
	    [W_FILE_UNPAID] = ("Ce fichier ne fait pas partie d’une commande "
			       "payée."),
	    [W_FILES] = "Ce que vous avez acheté",
	    [W_FOR] = "Pour",
	    [W_GIVEN_ALL] = ("Cette commande a été remboursée. Rien n’en est "
			     "plus livré."),
	    [W_GIVEN_BACK] = ("Remboursé" NBSP ": {}"),
	    [W_GO] = "Vous allez vers {}.",
	    [W_GO_TITLE] = "Vers le serveur de paiement",
	    [W_GOODS] = "Articles",
	    [W_GOODS_EACH] = "{} la pièce",
	    [W_IDENTIFIED] = ("Le serveur de paiement vous connaît. Rien n’a "
			      "encore été débité."),
	    [W_IDENTIFY] = ("C’est une grosse commande" NBSP ": le serveur de "
			    "paiement nous dit d’abord qu’il vous connaît. "
			    "Rien n’est débité pour cela."),
	    [W_IDENTIFY_AT] = "S’identifier chez {}",
	    [W_LANGUAGES] = "Langues",
	    [W_NAME] = "Nom",
	    [W_NO_ARTICLE] = "Cet article n’existe pas.",
	    [W_NO_ORDER] = ("Cette commande n’existe pas, ou elle a été "
			    "commencée dans un autre navigateur."),
	    [W_NO_PAGE] = ("La boutique n’a pas cette page, ou la demande ne "
			   "vient pas d’une de ses pages."),
	    [W_NO_VOUCHER] = ("Le serveur de paiement vous a renvoyé sans "
			      "reçu."),
	    [W_NO_VOUCHER_TITLE] = "Pas de reçu",
	    [W_NOT_CHARGED] = "Vous n’avez pas été débité.",
	    [W_NOT_FOUND] = "Introuvable",
	    [W_NOT_ORDERED] = ("Cela ne peut pas être commandé" NBSP ": c’est "
			       "vide ou trop grand, ou un article n’est plus "
			       "vendu."),
	    [W_NOT_PAID] = "Le paiement n’a pas eu lieu.",
	    [W_NOT_POSSIBLE] = "Impossible",
	    [W_ORDER] = "Votre commande",
	    [W_ORDER_AGAIN] = ("Pour payer ailleurs, commencez une nouvelle "
			       "commande."),
	    [W_ORDER_ENDED] = "Cette commande est terminée.",
	    [W_ORDER_FIXED] = "Cette commande ne peut plus être modifiée.",
	    [W_ORDER_OF] = "Commande {} du {2}",
	    [W_PAID] = ("Payé. Merci" THIN "!"),
	    [W_PAY_AT] = "Payer chez {}",
	    [W_PAYMENT] = "Numéro de paiement {}",
	    [W_PIECES] = "Quantité",
	    [W_PLACE] = "Lieu",
	    [W_PRICE] = "Prix",
	    [W_REASON_AUTH] = "Vous n’avez pas pu être identifié.",
	    [W_REASON_BANK] = "La banque l’a refusé.",
	    [W_REASON_CANCELLED] = "Il a été annulé.",
	    [W_REASON_CURRENCY] = ("Cette devise ou ce montant n’y est pas "
				   "traité."),
	    [W_REASON_EXPIRED] = "Son temps était écoulé.",
	    [W_REASON_FUNDS] = ("Il n’y avait pas assez d’argent dans votre "
				"porte-monnaie."),
	    [W_REASON_LIMIT] = ("C’était au-dessus d’une limite de votre "
				"compte."),
	    [W_REASON_POLICY] = ("Les règles du serveur de paiement ne le "
				 "permettent pas."),
	    [W_RECIPIENT_BAD] = ("Indiquez un nom et une adresse, sans "
				 "caractères de contrôle."),
	    [W_REMOVE] = "Retirer",
	    [W_REMOVE_WHAT] = "Retirer {}",
	    [W_SAVE] = "Enregistrer",
	    [W_SERVER_GONE] = "Ce serveur de paiement n’est plus utilisé.",
	    [W_SHOPPING] = "Continuer mes achats",
	    [W_SHOW_PRICES] = "Afficher mes prix",
	    [W_TO_BASKET] = "Au panier",
	    [W_TO_BASKET_WHAT] = ("Au panier" NBSP ": {}"),
	    [W_TOTAL] = "Total, TVA comprise",
	    [W_VOUCHER_BAD] = ("Ce qui est revenu du serveur de paiement ne "
			       "correspond à aucune commande de ce "
			       "navigateur" NBSP ": rien n’est livré pour cela."),
	    [W_VOUCHER_BAD_TITLE] = "Le reçu n’a pas été accepté",
	    [W_VOUCHER_LATER] = ("La boutique ne peut pas vérifier ou enregistrer "
				 "en ce moment ce qui est revenu du serveur de "
				 "paiement. Ne payez pas une seconde fois" THIN "; "
				 "rechargez cette page dans un instant."),
	    [W_VOUCHER_LATER_TITLE] = "Le reçu n’est pas encore accepté",
	    [W_WHO_COLLECTS] = ("Qui retire les articles" THIN "?"),
	},
};
