/*
 * words_en.c - English.
 */
#include "words.h"

const struct language language_en = {
	.tag = "en",
	.name = "English",
	.point = ".",
	.group = ",",
	.months = { "January", "February", "March", "April", "May", "June",
	    "July", "August", "September", "October", "November", "December" },
	.words = {
	    [W_NONE] = "",
	    [W_ADDRESS] = "Address",
	    [W_ASK_CUSTOMER] = "Are you a customer?",
	    [W_BACK_ORDER] = "Back to the order",
	    [W_BACK_SHOP] = "Back to the shop",
	    [W_BASKET] = "Basket",
	    [W_BASKET_COUNT] = "Basket ({})",
	    [W_BASKET_EMPTY] = "It is empty.",
	    [W_BASKET_TITLE] = "Your basket",
	    [W_BRING] = "Please bring this page along.",
	    [W_BUY] = "Buy",
	    [W_BUY_BASKET] = "Buy the basket",
	    [W_BUY_WHAT] = "Buy {}",
	    [W_CHOOSE] = "Where do you have your account?",
	    [W_CHOOSE_FIRST] = ("Please choose first where you have your "
				"account."),
	    [W_COLLECTION] = "Collection document",
	    [W_CONTINUE] = "Continue",
	    [W_CUSTOMER_BAD] = ("A customer number has up to 32 small letters, "
				"digits and hyphens."),
	    [W_CUSTOMER_NUMBER] = "Customer number",
	    [W_CUSTOMER_YOU] = "You are {}; your discount is {2}.",
	    [W_DOWN] = ("{} does not answer at the moment. You have not been "
			"charged. Please try again in a little while."),
	    [W_DOWN_ELSEWHERE] = ("If you have an account elsewhere, too, you "
				  "can pay there."),
	    [W_DOWN_TITLE] = "No answer from the payment server",
	    [W_DOWN_UNKNOWN] = ("{} does not answer. Whether this order is "
				"paid is not known until it does; do not pay "
				"it elsewhere."),
	    [W_FILE_MISSING] = ("The file is missing in the shop. You have "
				"paid; please ask the shop."),
	    [W_FILE_UNPAID] = "This file is not part of a paid order.",
	    [W_FILES] = "What you have bought",
	    [W_FOR] = "For",
	    [W_GIVEN_ALL] = ("This order was given back. Nothing of it is "
			     "delivered any more."),
	    [W_GIVEN_BACK] = "Given back to you: {}",
	    [W_GO] = "You are on your way to {}.",
	    [W_GO_TITLE] = "To the payment server",
	    [W_GOODS] = "Goods",
	    [W_GOODS_EACH] = "{} each",
	    [W_IDENTIFIED] = ("The payment server knows you. Nothing has been "
			      "charged yet."),
	    [W_IDENTIFY] = ("This is a large order: the payment server first "
			    "tells us that it knows you. Nothing is charged "
			    "for that."),
	    [W_IDENTIFY_AT] = "Identify yourself at {}",
	    [W_LANGUAGES] = "Languages",
	    [W_NAME] = "Name",
	    [W_NO_ARTICLE] = "There is no such article.",
	    [W_NO_ORDER] = ("There is no such order, or it was begun in "
			    "another browser."),
	    [W_NO_PAGE] = ("The shop has no such page, or the request was not "
			   "made from one of its pages."),
	    [W_NO_VOUCHER] = ("The payment server sent you back without a "
			      "voucher."),
	    [W_NO_VOUCHER_TITLE] = "No voucher",
	    [W_NOT_CHARGED] = "You have not been charged.",
	    [W_NOT_FOUND] = "Not found",
	    [W_NOT_ORDERED] = ("This cannot be ordered: it is empty or too "
			       "large, or an article is no longer sold."),
	    [W_NOT_PAID] = "The payment did not take place.",
	    [W_NOT_POSSIBLE] = "Not possible",
	    [W_ORDER] = "Your order",
	    [W_ORDER_AGAIN] = "To pay elsewhere, begin a new order.",
	    [W_ORDER_ENDED] = "This order has ended.",
	    [W_ORDER_FIXED] = "This order can no longer be changed.",
	    [W_ORDER_OF] = "Order {} of {2}",
	    [W_PAID] = "Paid. Thank you!",
	    [W_PAY_AT] = "Pay at {}",
	    [W_PAYMENT] = "Payment number {}",
	    [W_PIECES] = "Pieces",
	    [W_PLACE] = "Place",
	    [W_PRICE] = "Price",
	    [W_REASON_AUTH] = "You could not be identified.",
	    [W_REASON_BANK] = "The bank has refused it.",
	    [W_REASON_CANCELLED] = "It was cancelled.",
	    [W_REASON_CURRENCY] = ("This currency or amount is not handled "
				   "there."),
	    [W_REASON_EXPIRED] = "Its time was over.",
	    [W_REASON_FUNDS] = "There was not enough money in your wallet.",
	    [W_REASON_LIMIT] = "It was above a limit of your account.",
	    [W_REASON_POLICY] = ("The rules of the payment server do not allow "
				 "it."),
	    [W_RECIPIENT_BAD] = ("Please give a name and an address, each "
				 "without control characters."),
	    [W_REMOVE] = "Remove",
	    [W_REMOVE_WHAT] = "Remove {}",
	    [W_SAVE] = "Save",
	    [W_SERVER_GONE] = "This payment server is no longer used.",
	    [W_SHOPPING] = "Go on shopping",
	    [W_SHOW_PRICES] = "Show my prices",
	    [W_TO_BASKET] = "To basket",
	    [W_TO_BASKET_WHAT] = "To basket: {}",
	    [W_TOTAL] = "Total, VAT included",
	    [W_VOUCHER_BAD] = ("What came back from the payment server does "
			       "not fit an order of this browser, so nothing "
			       "is delivered for it."),
	    [W_VOUCHER_BAD_TITLE] = "The voucher was not accepted",
	    [W_VOUCHER_LATER] = ("The shop cannot check or write down at the "
				 "moment what came back from the payment "
				 "server. Do not pay again; please reload this "
				 "page in a little while."),
	    [W_VOUCHER_LATER_TITLE] = "The voucher is not accepted yet",
	    [W_WHO_COLLECTS] = "Who collects the goods?",
	},
};
