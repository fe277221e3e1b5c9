/* check certificates: what pchatd shows those who connect, before they find it wanting. */
#include <errno.h>
#include <sys/stat.h>

#include "base/text.h"
#include "pchatctl/check.h"
#include "pchatctl/helper/helper.h"
#include "wire/sip/certificate.h"

#define AREA      "certificates"
#define FOLDER    "/etc/pchat/tls"
#define SOON_DAYS 30

static enum pchat_code
judge_dates(struct pchat_checkup *c, const struct pchat_certificate *cert, struct pchat_err *err)
{
	static const char renew[] = "get a new one, put it into agent.pem, then: systemctl reload "
				    "pchatd";
	PCHAT_AUTO_VALUE(buf) shown = { 0 };
	const char *name;

	pchat_quote_terminal(&shown, pchat_str(*cert->name ? cert->name : "nobody"));
	name = pchat_buf_cstr(&shown);
	if (cert->early)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM, "is the clock right?", err,
		                         "the certificate of '%s' is not valid yet", name);
	if (cert->days < 0)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM, renew, err,
		                         "the certificate of '%s' has ended", name);
	return pchat_checkup_put(c, AREA,
	                         cert->days < SOON_DAYS ? PCHAT_RESULT_WARNING : PCHAT_RESULT_OK,
	                         cert->days < SOON_DAYS ? renew : NULL, err,
	                         "the certificate of '%s' ends in %d day%s", name, cert->days,
	                         cert->days == 1 ? "" : "s");
}

static enum pchat_code
judge_key(struct pchat_checkup *c, enum pchat_certificate_key key, const char *path,
          struct pchat_err *err)
{
	static const char *const wrong[] = {
		[PCHAT_KEY_NONE] = "there is no key that can be read in",
		[PCHAT_KEY_OTHER] = "the key is not that of the certificate in",
	};

	if (key == PCHAT_KEY_FITS)
		return PCHAT_OK;
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM,
	                         "put the key, without a passphrase, before its certificate", err,
	                         "%s '%s'", wrong[key], path);
}

static enum pchat_code
check_content(struct pchat_checkup *c, const char *path, struct pchat_err *err)
{
	struct pchat_certificate_file file;
	struct pchat_err failed = { 0 };

	if (pchat_certificate_read(path, &file, &failed))
		return pchat_checkup_failed(c, AREA, &failed, err);
	if (!file.n)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM,
		                         "put the key, the certificate and its chain there, in PEM",
		                         err, "there is no certificate in '%s'", path);
	for (size_t i = 0; i < file.n; i++)
		PCHAT_TRY(judge_dates(c, &file.v[i], err));
	return judge_key(c, file.key, path, err);
}

static enum pchat_code
check_file(struct pchat_checkup *c, const char *path, unsigned mode, struct pchat_err *err)
{
	PCHAT_AUTO_TEXT remedy = pchat_text("chmod go= '%s'", path);

	if (mode & 077)
		PCHAT_TRY(pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM, remedy, err,
		                            "others may read the key in '%s' (mode %04o)", path,
		                            mode & 07777));
	return check_content(c, path, err);
}

static enum pchat_code
check_certificates(struct pchat_checkup *c, struct pchat_err *err)
{
	const char *given = pchat_call_text(c->call, "--cert");
	PCHAT_AUTO_TEXT path = pchat_text("%s/agent.pem", given ? given : FOLDER);
	struct stat st;

	if (!path)
		return pchat_no_memory(err);
	if (!stat(path, &st))
		return check_file(c, path, st.st_mode, err);
	if (errno == EACCES)
		return check_file(c, path, 0, err);
	if (given)
		return pchat_checkup_put(c, AREA, PCHAT_RESULT_PROBLEM,
		                         "name the folder that pchatd gets by --cert", err,
		                         "there is no '%s'", path);
	return pchat_checkup_put(c, AREA, PCHAT_RESULT_OK, NULL, err,
	                         "there is no '%s': clients on this machine only", path);
}

enum pchat_code
pchat_check_certificates_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                             struct pchat_err *err)
{
	static const pchat_check_fn checks[] = { check_certificates, NULL };

	return pchat_checkup_run(ctl, call, checks, err);
}

enum pchat_code
pchat_check_all_run(struct pchat_ctl *ctl, const struct pchat_call *call, struct pchat_err *err)
{
	static const pchat_check_fn checks[] = { pchat_check_store, pchat_check_settings,
		                                 check_certificates, pchat_check_server, NULL };

	return pchat_checkup_run(ctl, call, checks, err);
}
